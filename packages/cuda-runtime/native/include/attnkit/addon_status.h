// How a status reaches JavaScript: undefined when all went well, so that the launch path makes no
// object, and otherwise {code, cudaError, message}, which TypeScript turns into a typed error.
#pragma once

#include <node_api.h>

#include "attnkit/status.h"

namespace attnkit {

// nullptr is how a Node-API function returns undefined.
inline napi_value status_value(napi_env env, const Status& status) {
  if (status.ok()) return nullptr;
  napi_value object = nullptr;
  napi_value code = nullptr;
  napi_value cuda_error = nullptr;
  napi_value message = nullptr;
  const bool made =
      napi_create_object(env, &object) == napi_ok &&
      napi_create_string_utf8(env, status_code_name(status.code), NAPI_AUTO_LENGTH, &code) ==
          napi_ok &&
      napi_create_int32(env, status.cuda_error, &cuda_error) == napi_ok &&
      napi_create_string_utf8(env, status.message, NAPI_AUTO_LENGTH, &message) == napi_ok &&
      napi_set_named_property(env, object, "code", code) == napi_ok &&
      napi_set_named_property(env, object, "cudaError", cuda_error) == napi_ok &&
      napi_set_named_property(env, object, "message", message) == napi_ok;
  return made ? object : nullptr;  // not made: the environment is closing and nobody looks
}

}  // namespace attnkit
