// Launches a kernel and returns what that launch returned. `<<<>>>` only leaves its error behind,
// where cudaGetLastError() finds that of any earlier call of the thread as well.
#pragma once

#include <cuda_runtime.h>

#include <cstddef>
#include <utility>

#include "attnkit/cuda_status.h"

namespace attnkit {

struct LaunchShape {
  dim3 grid;
  unsigned threads;
  size_t shared_bytes;  // dynamic
};

// Enqueues `kernel` on `stream`, whose device must be current. `operation` names it in an error.
template <typename... Params, typename... Arguments>
Status launch_kernel(const char* operation, void (*kernel)(Params...), const LaunchShape& shape,
                     cudaStream_t stream, Arguments&&... arguments) {
  cudaLaunchConfig_t config = {};
  config.gridDim = shape.grid;
  config.blockDim = dim3(shape.threads);
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = stream;
  const cudaError_t error =
      cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...);
  if (error != cudaSuccess) cudaGetLastError();  // it is returned: nobody else is to find it
  return cuda_status(error, operation);
}

}  // namespace attnkit
