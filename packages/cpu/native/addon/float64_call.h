// The float64 twin of core's reference, on all threads.
#pragma once
#include <node_api.h>

namespace attnkit::cpu {

// float64(values, tensors, rows | undefined, targets, threads, done): rows as (batch, head, query,
// …), targets [output, softmaxLse, qk, presentKey, presentValue] of Float64Array or undefined.
// Calls done(code?, message?) when they are filled.
napi_value float64(napi_env env, napi_callback_info info);

}  // namespace attnkit::cpu
