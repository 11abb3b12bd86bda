// Device memory for the test program. A CUDA error here ends the program with a message.
#pragma once

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

#include "attnkit/cuda_status.h"

namespace attnkit::flash::test {

inline void require(cudaError_t error, const char* operation) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s\n", cuda_status(error, operation).message);
  std::exit(2);
}

class DeviceBuffer {
 public:
  explicit DeviceBuffer(size_t bytes) : bytes_(bytes) {
    require(cudaMalloc(&pointer_, bytes + 1), "cudaMalloc");
  }
  template <typename T>
  explicit DeviceBuffer(const std::vector<T>& host) : DeviceBuffer(host.size() * sizeof(T)) {
    upload(host);
  }
  ~DeviceBuffer() { cudaFree(pointer_); }
  DeviceBuffer(const DeviceBuffer&) = delete;
  DeviceBuffer& operator=(const DeviceBuffer&) = delete;

  template <typename T>
  T* as() const {
    return static_cast<T*>(pointer_);
  }
  // Every bit is set: NaN as float16, bfloat16 and float32.
  void poison() const { poison(bytes_); }
  void clear() const { require(cudaMemset(pointer_, 0, bytes_), "cudaMemset"); }
  void poison(size_t bytes) const { require(cudaMemset(pointer_, 0xff, bytes), "cudaMemset"); }
  template <typename T>
  void upload(const std::vector<T>& host) const {
    require(cudaMemcpy(pointer_, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice),
            "cudaMemcpy");
  }
  template <typename T>
  void download(std::vector<T>& host) const {
    require(cudaMemcpy(host.data(), pointer_, host.size() * sizeof(T), cudaMemcpyDeviceToHost),
            "cudaMemcpy");
  }

 private:
  void* pointer_ = nullptr;
  const size_t bytes_;
};

}  // namespace attnkit::flash::test
