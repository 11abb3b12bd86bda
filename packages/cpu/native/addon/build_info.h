// What this addon is and what it found on this machine.
#pragma once
#include <node_api.h>

namespace attnkit::cpu {

// buildInfo() → {version, compiler, isa, isas, lanes, queries, cores, processor}
napi_value build_info(napi_env env, napi_callback_info info);

}  // namespace attnkit::cpu
