// Memory for tensors that native code owns.
#pragma once
#include <node_api.h>

namespace attnkit::cpu {

// allocate(bytes) → an ArrayBuffer of zeros over memory that calls read and write without a copy,
// or null where the runtime allows no such buffers.
napi_value allocate(napi_env env, napi_callback_info info);

// liveBytes() → bytes of all such memory.
napi_value live_bytes(napi_env env, napi_callback_info info);

}  // namespace attnkit::cpu
