// From CUDA's error codes to attnkit's status.
#pragma once

#include <cuda_runtime_api.h>

#include "attnkit/status.h"

namespace attnkit {

// After one of these the context is gone: every later call of the process fails the same way.
inline bool is_unrecoverable(cudaError_t error) {
  switch (error) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorAssert:
    case cudaErrorExternalDevice:
      return true;
    default:
      return false;
  }
}

inline StatusCode status_code_of(cudaError_t error) {
  if (error == cudaSuccess) return StatusCode::kOk;
  if (error == cudaErrorMemoryAllocation) return StatusCode::kOutOfMemory;
  if (is_unrecoverable(error)) return StatusCode::kDeviceLost;
  switch (error) {
    case cudaErrorInvalidValue:
    case cudaErrorInvalidResourceHandle:
    case cudaErrorInvalidDevice:
      return StatusCode::kInvalidArgument;
    case cudaErrorInsufficientDriver:
    case cudaErrorNoDevice:
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorSystemNotReady:
    case cudaErrorSystemDriverMismatch:
    case cudaErrorCompatNotSupportedOnDevice:
      return StatusCode::kBackendUnavailable;
    default:
      return StatusCode::kInternal;
  }
}

// `operation` says what was being done, e.g. "cudaLaunchKernel".
inline Status cuda_status(cudaError_t error, const char* operation) {
  if (error == cudaSuccess) return ok_status();
  Status status;
  status.code = status_code_of(error);
  status.cuda_error = static_cast<int32_t>(error);
  std::snprintf(status.message, sizeof(status.message), "%s: %s (%s)", operation,
                cudaGetErrorName(error), cudaGetErrorString(error));
  return status;
}

}  // namespace attnkit
