#include "memory.h"

#include <algorithm>

namespace attnkit::runtime {
namespace {

// What the pool keeps for later may be too cut up to serve: it is given back before giving up.
cudaError_t allocate_from_pool(const DeviceState& device, size_t bytes, cudaStream_t stream,
                               void** memory) {
  bytes = std::max<size_t>(bytes, 1);
  const cudaError_t error = cudaMallocFromPoolAsync(memory, bytes, device.pool, stream);
  if (error != cudaErrorMemoryAllocation) return error;
  cudaGetLastError();
  cudaMemPoolTrimTo(device.pool, 0);
  return cudaMallocFromPoolAsync(memory, bytes, device.pool, stream);
}

Status keep_allocation(Arguments& arguments, int device, void* memory, cudaError_t error) {
  if (error != cudaSuccess) return cuda_status(error, "cudaMallocFromPoolAsync");
  arguments.environment().allocations[memory] = device;
  arguments.environment().set_result(0, memory);
  return ok_status();
}

// Calls that capturing forbids are allowed again for a scope.
class RelaxedCapture {
 public:
  RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  ~RelaxedCapture() { cudaThreadExchangeStreamCaptureMode(&mode_); }
  RelaxedCapture(const RelaxedCapture&) = delete;
  RelaxedCapture& operator=(const RelaxedCapture&) = delete;

 private:
  cudaStreamCaptureMode mode_ = cudaStreamCaptureModeRelaxed;
};

}  // namespace

Status allocate(Arguments& arguments) {
  const OnDevice on(arguments);
  const size_t bytes = arguments.size(1);
  const cudaStream_t stream = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  void* memory = nullptr;
  const cudaError_t error = allocate_from_pool(on.device(), bytes, stream, &memory);
  return keep_allocation(arguments, on.device().index, memory, error);
}

Status allocate_now(Arguments& arguments) {
  const OnDevice on(arguments);
  const size_t bytes = arguments.size(1);
  const cudaStream_t stream = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  const RelaxedCapture relaxed;
  void* memory = nullptr;
  cudaError_t error = allocate_from_pool(on.device(), bytes, stream, &memory);
  if (error == cudaSuccess) error = cudaStreamSynchronize(stream);
  return keep_allocation(arguments, on.device().index, memory, error);
}

Status release(Arguments& arguments) {
  const OnDevice on(arguments);
  void* const memory = arguments.pointer(1);
  const cudaStream_t stream = arguments.stream(2);
  if (!on.status().ok()) return on.status();
  if (arguments.environment().allocations.erase(memory) == 0) {
    return error_status(StatusCode::kInvalidArgument, "the memory is not allocated");
  }
  return cuda_status(cudaFreeAsync(memory, stream), "cudaFreeAsync");
}

Status fill(Arguments& arguments) {
  const OnDevice on(arguments);
  void* const memory = arguments.pointer(1);
  const int value = arguments.integer(2);
  const size_t bytes = arguments.size(3);
  const cudaStream_t stream = arguments.stream(4);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  if (bytes == 0) return ok_status();
  return cuda_status(cudaMemsetAsync(memory, value, bytes, stream), "cudaMemsetAsync");
}

Status copy(Arguments& arguments) {
  const OnDevice on(arguments);
  void* const to = arguments.pointer(1);
  const void* const from = arguments.pointer(2);
  const size_t bytes = arguments.size(3);
  const cudaStream_t stream = arguments.stream(4);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  if (bytes == 0) return ok_status();
  return cuda_status(cudaMemcpyAsync(to, from, bytes, cudaMemcpyDeviceToDevice, stream),
                     "cudaMemcpyAsync within the device");
}

Status memory_info(Arguments& arguments) {
  const OnDevice on(arguments);
  if (!on.status().ok()) return on.status();
  size_t free_bytes = 0;
  size_t total_bytes = 0;
  uint64_t used = 0;
  uint64_t reserved = 0;
  cudaError_t error = cudaMemGetInfo(&free_bytes, &total_bytes);
  const cudaMemPool_t pool = on.device().pool;
  if (error == cudaSuccess) {
    error = cudaMemPoolGetAttribute(pool, cudaMemPoolAttrUsedMemCurrent, &used);
  }
  if (error == cudaSuccess) {
    error = cudaMemPoolGetAttribute(pool, cudaMemPoolAttrReservedMemCurrent, &reserved);
  }
  Environment& environment = arguments.environment();
  environment.set_result(0, free_bytes);
  environment.set_result(1, total_bytes);
  environment.set_result(2, used);
  environment.set_result(3, reserved);
  return cuda_status(error, "asking for free memory");
}

Status describe_pointer(Arguments& arguments) {
  const OnDevice on(arguments);
  void* const pointer = arguments.pointer(1);
  if (!on.status().ok()) return on.status();
  if (!arguments.status().ok()) return arguments.status();
  cudaPointerAttributes attributes = {};
  const cudaError_t error = cudaPointerGetAttributes(&attributes, pointer);
  if (error != cudaSuccess) return cuda_status(error, "cudaPointerGetAttributes");
  Environment& environment = arguments.environment();
  environment.set_result(0, static_cast<uint64_t>(attributes.type));
  environment.set_result(1, static_cast<uint64_t>(static_cast<int64_t>(attributes.device)));
  uint64_t start = 0;
  size_t bytes = 0;
  const CUdeviceptr address = reinterpret_cast<CUdeviceptr>(pointer);
  const DriverFunctions& driver = driver_functions();
  driver.pointer_get_attribute(&start, CU_POINTER_ATTRIBUTE_RANGE_START_ADDR, address);
  driver.pointer_get_attribute(&bytes, CU_POINTER_ATTRIBUTE_RANGE_SIZE, address);
  environment.set_result(2, start);
  environment.set_result(3, bytes);
  return ok_status();
}

Status report_memory(Arguments& arguments) {
  // V8 ends the process for a change that no machine could hold.
  constexpr double kMost = 9007199254740992.0;
  const double change = arguments.number(0);
  if (!arguments.status().ok()) return arguments.status();
  if (!(change >= -kMost && change <= kMost)) {
    return error_status(StatusCode::kInvalidArgument, "a change of memory out of range");
  }
  int64_t held = 0;
  napi_adjust_external_memory(arguments.env(), static_cast<int64_t>(change), &held);
  return ok_status();
}

}  // namespace attnkit::runtime
