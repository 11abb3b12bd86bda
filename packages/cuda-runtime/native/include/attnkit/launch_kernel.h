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
  // Thread blocks of a cluster; above 1 on sm_90 and newer alone.
  dim3 cluster = dim3(1);
  // The kernel may start while the one before it in the stream runs, and waits for its end by
  // wait_for_previous_kernel(), which must have been compiled for sm_90 or newer.
  bool overlaps_previous = false;
};

// Enqueues `kernel` on `stream`, whose device must be current. `operation` names it in an error.
template <typename... Params, typename... Arguments>
Status launch_kernel(const char* operation, void (*kernel)(Params...), const LaunchShape& shape,
                     cudaStream_t stream, Arguments&&... arguments) {
  cudaLaunchAttribute attributes[2];
  cudaLaunchConfig_t config = {};
  config.gridDim = shape.grid;
  config.blockDim = dim3(shape.threads);
  config.dynamicSmemBytes = shape.shared_bytes;
  config.stream = stream;
  config.attrs = attributes;
  if (shape.cluster.x * shape.cluster.y * shape.cluster.z > 1) {
    cudaLaunchAttribute& cluster = attributes[config.numAttrs++];
    cluster.id = cudaLaunchAttributeClusterDimension;
    cluster.val.clusterDim = {shape.cluster.x, shape.cluster.y, shape.cluster.z};
  }
  if (shape.overlaps_previous) {
    cudaLaunchAttribute& overlap = attributes[config.numAttrs++];
    overlap.id = cudaLaunchAttributeProgrammaticStreamSerialization;
    overlap.val.programmaticStreamSerializationAllowed = 1;
  }
  const cudaError_t error =
      cudaLaunchKernelEx(&config, kernel, std::forward<Arguments>(arguments)...);
  if (error != cudaSuccess) cudaGetLastError();  // it is returned: nobody else is to find it
  return cuda_status(error, operation);
}

}  // namespace attnkit
