// Makes the CUDA context of a device or of a stream current for a scope, and restores exactly what
// the caller had. cudaSetDevice cannot do that: setting the old device again creates a context on
// it when there was none. The driver's functions are found through cudart, so nothing links to
// libcuda.
#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>

#include "attnkit/cuda_status.h"

namespace attnkit {

// The few driver functions that are needed; all null when there is no driver.
struct DriverFunctions {
  CUresult (*primary_context_retain)(CUcontext*, CUdevice) = nullptr;
  CUresult (*context_get_current)(CUcontext*) = nullptr;
  CUresult (*context_push)(CUcontext) = nullptr;
  CUresult (*context_pop)(CUcontext*) = nullptr;
  CUresult (*stream_get_context)(CUstream, CUcontext*) = nullptr;
  CUresult (*pointer_get_attribute)(void*, CUpointer_attribute, CUdeviceptr) = nullptr;
  cudaError_t error = cudaSuccess;  // why they could not be found
};

template <typename Function>
cudaError_t find_driver_function(const char* name, Function& function) {
  void* found = nullptr;
  cudaDriverEntryPointQueryResult result = cudaDriverEntryPointSymbolNotFound;
  const cudaError_t error =
      cudaGetDriverEntryPointByVersion(name, &found, 12000, cudaEnableDefault, &result);
  if (error != cudaSuccess) return error;
  if (result != cudaDriverEntryPointSuccess) return cudaErrorSymbolNotFound;
  function = reinterpret_cast<Function>(found);
  return cudaSuccess;
}

inline DriverFunctions find_driver_functions() {
  DriverFunctions driver;
  const auto find = [&driver](const char* name, auto& function) {
    if (driver.error == cudaSuccess) driver.error = find_driver_function(name, function);
  };
  find("cuDevicePrimaryCtxRetain", driver.primary_context_retain);
  find("cuCtxGetCurrent", driver.context_get_current);
  find("cuCtxPushCurrent", driver.context_push);
  find("cuCtxPopCurrent", driver.context_pop);
  find("cuStreamGetCtx", driver.stream_get_context);
  find("cuPointerGetAttribute", driver.pointer_get_attribute);
  return driver;
}

inline const DriverFunctions& driver_functions() {
  static const DriverFunctions driver = find_driver_functions();
  return driver;
}

class ContextScope {
 public:
  explicit ContextScope(CUcontext context) { enter(context); }

  // The context that `stream` belongs to; for the default stream, 0, what is current stays.
  explicit ContextScope(cudaStream_t stream) {
    const DriverFunctions& driver = driver_functions();
    if (driver.error != cudaSuccess) {
      error_ = driver.error;
      return;
    }
    if (stream == nullptr) return;
    CUcontext context = nullptr;
    error_ = static_cast<cudaError_t>(driver.stream_get_context(stream, &context));
    if (error_ == cudaSuccess) enter(context);
  }

  ~ContextScope() {
    if (!pushed_) return;
    CUcontext popped = nullptr;
    driver_functions().context_pop(&popped);
  }

  ContextScope(const ContextScope&) = delete;
  ContextScope& operator=(const ContextScope&) = delete;

  Status status() const { return cuda_status(error_, "making the device current"); }

 private:
  // Error numbers of the driver and of the runtime are the same since CUDA 10.1.
  void enter(CUcontext context) {
    const DriverFunctions& driver = driver_functions();
    error_ = driver.error;
    if (error_ != cudaSuccess) return;
    CUcontext current = nullptr;
    error_ = static_cast<cudaError_t>(driver.context_get_current(&current));
    if (error_ != cudaSuccess || current == context) return;
    error_ = static_cast<cudaError_t>(driver.context_push(context));
    pushed_ = error_ == cudaSuccess;
  }

  cudaError_t error_ = cudaSuccess;
  bool pushed_ = false;
};

}  // namespace attnkit
