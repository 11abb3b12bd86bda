#include "operand.h"

namespace attnkit::cpu {

const char* const kRoleNames[kRoles] = {"q",
                                        "k",
                                        "v",
                                        "output",
                                        "projectionBias",
                                        "mask",
                                        "attentionBias",
                                        "causalOffset",
                                        "cuSeqlensQ",
                                        "cuSeqlensK",
                                        "pastKey",
                                        "pastValue",
                                        "presentKey",
                                        "presentValue",
                                        "sink",
                                        "qk",
                                        "softmaxLse",
                                        "keyLengths",
                                        "pastSeqlens",
                                        "qNorm",
                                        "kNorm",
                                        "rotaryCos",
                                        "rotarySin",
                                        "positions"};

namespace {

bool holds(napi_typedarray_type type, int32_t dtype) {
  switch (dtype) {
    case kFloat32:
      return type == napi_float32_array;
    case kFloat64:
      return type == napi_float64_array;
    case kInt32:
      return type == napi_int32_array;
    case kInt64:
      return type == napi_bigint64_array;
    case kUint8:
      return type == napi_uint8_array;
    default:
      return type == napi_uint16_array;
  }
}

}  // namespace

Operand read_operand(napi_env env, napi_value value, int32_t dtype, const char* name) {
  bool is_array = false;
  check(napi_is_typedarray(env, value, &is_array), "reading a tensor");
  if (!is_array) fail("invalid-argument", std::string(name) + " is not a typed array");
  napi_typedarray_type type;
  size_t length = 0;
  void* data = nullptr;
  napi_value buffer;
  check(napi_get_typedarray_info(env, value, &type, &length, &data, &buffer, nullptr),
        "reading a typed array");
  if (!holds(type, dtype)) {
    fail("invalid-argument", std::string(name) + " is a typed array of another element type");
  }
  bool is_plain = false, is_detached = false;
  check(napi_is_arraybuffer(env, buffer, &is_plain), "reading a buffer");
  if (!is_plain) fail("buffer-not-stable", std::string(name) + " lies in a shared buffer");
  check(napi_is_detached_arraybuffer(env, buffer, &is_detached), "reading a buffer");
  if (is_detached) fail("buffer-not-stable", std::string(name) + " lies in a detached buffer");
  static char nothing;  // the address of an empty array may be null, which here means absent
  return {data ? static_cast<char*>(data) : &nothing, static_cast<int64_t>(length), dtype, false};
}

}  // namespace attnkit::cpu
