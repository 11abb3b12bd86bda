// The functions that JavaScript sees. All of them fail with errors whose `code` is one of
// AttentionError's.
#include <node_api.h>

#include "attention_call.h"
#include "build_info.h"
#include "environment.h"
#include "float64_call.h"
#include "host_memory.h"
#include "projection_call.h"

namespace attnkit::cpu {
namespace {

void add_function(napi_env env, napi_value exports, const char* name, napi_callback function) {
  napi_value value;
  check(napi_create_function(env, name, NAPI_AUTO_LENGTH, function, nullptr, &value),
        "making a function");
  check(napi_set_named_property(env, exports, name, value), "exporting a function");
}

}  // namespace
}  // namespace attnkit::cpu

NAPI_MODULE_INIT() {
  using namespace attnkit::cpu;
  return guarded(env, [&] {
    Environment::open(env);
    add_function(env, exports, "attend", attend);
    add_function(env, exports, "project", project);
    add_function(env, exports, "float64", float64);
    add_function(env, exports, "allocate", allocate);
    add_function(env, exports, "liveBytes", live_bytes);
    add_function(env, exports, "buildInfo", build_info);
    return exports;
  });
}
