// Reading the arguments of a native function, and the one way every native function is entered.
#pragma once

#include <cuda_runtime_api.h>
#include <node_api.h>

#include <cstdint>
#include <new>

#include "attnkit/addon_status.h"
#include "device_state.h"
#include "environment.h"

namespace attnkit::runtime {

// The arguments as JavaScript gave them. A value of the wrong type reads as 0 and is remembered.
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    void* data = nullptr;
    count_ = kMax;
    if (napi_get_cb_info(env, info, &count_, values_, nullptr, nullptr) != napi_ok) count_ = 0;
    if (napi_get_instance_data(env, &data) == napi_ok)
      environment_ = static_cast<Environment*>(data);
  }

  napi_env env() const { return env_; }
  Environment& environment() const { return *environment_; }
  napi_value value(size_t i) const { return i < count_ ? values_[i] : nullptr; }
  bool has(size_t i) const { return i < count_ && type(i) != napi_undefined; }

  int32_t integer(size_t i) {
    int32_t result = 0;
    if (type(i) != napi_number || napi_get_value_int32(env_, values_[i], &result) != napi_ok) {
      refuse(i);
    }
    return result;
  }

  double number(size_t i) {
    double result = 0;
    if (type(i) != napi_number || napi_get_value_double(env_, values_[i], &result) != napi_ok) {
      refuse(i);
    }
    return result;
  }

  // A number of bytes: whole, and at most 2^53.
  size_t size(size_t i) {
    const double bytes = number(i);
    if (bytes >= 0 && bytes <= 9007199254740992.0) return static_cast<size_t>(bytes);
    refuse(i);
    return 0;
  }

  // A pointer or a handle, which JavaScript has as a bigint.
  uint64_t address(size_t i) {
    uint64_t result = 0;
    bool lossless = false;
    if (type(i) != napi_bigint ||
        napi_get_value_bigint_uint64(env_, values_[i], &result, &lossless) != napi_ok ||
        !lossless) {
      refuse(i);
    }
    return result;
  }

  void* pointer(size_t i) { return reinterpret_cast<void*>(address(i)); }
  cudaStream_t stream(size_t i) { return reinterpret_cast<cudaStream_t>(address(i)); }
  cudaEvent_t event(size_t i) { return reinterpret_cast<cudaEvent_t>(address(i)); }

  // The bytes of a typed array; valid until the call returns.
  void* bytes(size_t i, size_t& length) {
    napi_typedarray_type kind = napi_uint8_array;
    void* data = nullptr;
    size_t elements = 0;
    if (i >= count_ || napi_get_typedarray_info(env_, values_[i], &kind, &elements, &data, nullptr,
                                                nullptr) != napi_ok) {
      refuse(i);
      return nullptr;
    }
    length = elements * element_bytes(kind);
    return data;
  }

  // What the function returns when its status is ok; undefined without it.
  void return_value(napi_value value) { returned_ = value; }
  napi_value returned() const { return returned_; }

  Status status() const {
    if (environment_ == nullptr) {
      return error_status(StatusCode::kInternal, "the environment of this addon is closing");
    }
    if (refused_ == kMax) return ok_status();
    char message[48];
    std::snprintf(message, sizeof(message), "native argument %zu has a wrong type", refused_);
    return error_status(StatusCode::kInvalidArgument, message);
  }

 private:
  static constexpr size_t kMax = 8;

  static size_t element_bytes(napi_typedarray_type kind) {
    switch (kind) {
      case napi_int16_array:
      case napi_uint16_array:
        return 2;
      case napi_int32_array:
      case napi_uint32_array:
      case napi_float32_array:
        return 4;
      case napi_float64_array:
      case napi_bigint64_array:
      case napi_biguint64_array:
        return 8;
      default:
        return 1;
    }
  }

  napi_valuetype type(size_t i) const {
    napi_valuetype result = napi_undefined;
    if (i >= count_ || napi_typeof(env_, values_[i], &result) != napi_ok) return napi_undefined;
    return result;
  }

  void refuse(size_t i) {
    if (refused_ == kMax) refused_ = i;
  }

  napi_env env_;
  Environment* environment_ = nullptr;
  napi_value values_[kMax] = {};
  napi_value returned_ = nullptr;
  size_t count_ = 0;
  size_t refused_ = kMax;
};

// Argument `i` is a device: its state, with its context current until the end of the scope.
class OnDevice {
 public:
  explicit OnDevice(Arguments& arguments, size_t i = 0) : OnDevice(arguments.integer(i)) {}
  explicit OnDevice(int index) : status_(find_device(index, device_)), scope_(context()) {
    if (status_.ok()) status_ = scope_.status();
  }

  const Status& status() const { return status_; }
  DeviceState& device() const { return *device_; }

 private:
  CUcontext context() const { return status_.ok() ? device_->context : nullptr; }

  DeviceState* device_ = nullptr;
  Status status_;
  ContextScope scope_;
};

using Body = Status (*)(Arguments&);

inline Status run_body(Body body, Arguments& arguments) {
  if (!arguments.status().ok()) return arguments.status();
  if (const Status loss = loss_status(); !loss.ok()) return loss;
  try {
    return body(arguments);
  } catch (const std::bad_alloc&) {
    return error_status(StatusCode::kOutOfMemory, "no host memory left");
  } catch (...) {
    return error_status(StatusCode::kInternal, "an unexpected C++ exception");
  }
}

// Nothing is thrown into JavaScript or out of C++: a native function returns a status when it
// failed.
template <Body body>
napi_value entry(napi_env env, napi_callback_info info) {
  Arguments arguments(env, info);
  const Status status = run_body(body, arguments);
  remember_loss(status);
  return status.ok() ? arguments.returned() : status_value(env, status);
}

}  // namespace attnkit::runtime
