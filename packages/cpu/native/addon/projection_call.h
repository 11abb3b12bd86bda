// The product of input and weights that an attention problem may begin with.
#pragma once
#include <node_api.h>

namespace attnkit::cpu {

// project([dtype, tokens, inputWidth, width], input, weights, product, threads, done) → whether it
// is done already. Otherwise done(code?, message?) is called when the product is written.
napi_value project(napi_env env, napi_callback_info info);

}  // namespace attnkit::cpu
