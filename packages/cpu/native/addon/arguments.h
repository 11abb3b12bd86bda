// The arguments of the addon's functions.
#pragma once
#include "bind_problem.h"

namespace attnkit::cpu {

// Exactly `N` arguments, absent ones undefined.
template <size_t N>
std::array<napi_value, N> read_arguments(napi_env env, napi_callback_info info) {
  std::array<napi_value, N> arguments;
  size_t count = N;
  check(napi_get_cb_info(env, info, &count, arguments.data(), nullptr, nullptr),
        "reading the arguments");
  return arguments;
}

bool is_undefined(napi_env env, napi_value value);
int64_t read_integer(napi_env env, napi_value value, int64_t least, int64_t most, const char* name);
napi_value make_boolean(napi_env env, bool value);

ProblemValues read_values(napi_env env, napi_value array);
// The tensors of a problem from an array in the order of the roles.
Operands read_operands(napi_env env, napi_value array, const ProblemValues& values);

}  // namespace attnkit::cpu
