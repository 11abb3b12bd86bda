#include "garbage.h"

#include "device_buffer.h"

namespace attnkit::flash::test {

namespace {

__global__ void fill_shared_memory_kernel(uint32_t word, int words) {
  extern __shared__ volatile uint32_t memory[];
  for (int i = threadIdx.x; i < words; i += blockDim.x) memory[i] = word;
}

}  // namespace

void fill_shared_memory(uint32_t word) {
  int device = 0, processors = 0, bytes = 0;
  require(cudaGetDevice(&device), "cudaGetDevice");
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  cudaDeviceGetAttribute(&bytes, cudaDevAttrMaxSharedMemoryPerBlockOptin, device);
  require(cudaFuncSetAttribute(fill_shared_memory_kernel,
                               cudaFuncAttributeMaxDynamicSharedMemorySize, bytes),
          "cudaFuncSetAttribute");
  // So large a thread block has a multiprocessor for itself.
  fill_shared_memory_kernel<<<processors, 256, bytes>>>(word, bytes / 4);
  require(cudaGetLastError(), "fill_shared_memory_kernel");
}

}  // namespace attnkit::flash::test
