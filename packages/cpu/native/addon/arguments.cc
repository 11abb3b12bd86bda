#include "arguments.h"

#include <cmath>

namespace attnkit::cpu {

bool is_undefined(napi_env env, napi_value value) {
  napi_valuetype type;
  check(napi_typeof(env, value, &type), "reading an argument");
  return type == napi_undefined;
}

int64_t read_integer(napi_env env, napi_value value, int64_t least, int64_t most,
                     const char* name) {
  double number = NAN;
  const napi_status status = napi_get_value_double(env, value, &number);
  const bool fits = status == napi_ok && number >= static_cast<double>(least) &&
                    number <= static_cast<double>(most) && number == std::floor(number);
  if (!fits) {
    fail("invalid-argument", std::string(name) + " is no integer from " + std::to_string(least) +
                                 " to " + std::to_string(most));
  }
  return static_cast<int64_t>(number);
}

napi_value make_boolean(napi_env env, bool value) {
  napi_value result;
  check(napi_get_boolean(env, value, &result), "making a result");
  return result;
}

ProblemValues read_values(napi_env env, napi_value array) {
  const Operand numbers = read_operand(env, array, kFloat64, "values");
  return read_problem(reinterpret_cast<const double*>(numbers.data),
                      static_cast<size_t>(numbers.elements));
}

Operands read_operands(napi_env env, napi_value array, const ProblemValues& values) {
  Operands operands;
  for (int role = 0; role < kRoles; role++) {
    napi_value value;
    check(napi_get_element(env, array, role, &value), "reading the tensors");
    if (is_undefined(env, value)) continue;
    operands[role] = read_operand(env, value, role_dtype(values, role), kRoleNames[role]);
  }
  return operands;
}

}  // namespace attnkit::cpu
