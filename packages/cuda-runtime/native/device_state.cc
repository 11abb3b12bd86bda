#include "device_state.h"

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

namespace attnkit::runtime {
namespace {

constexpr int kMaxDevices = 64;

struct Process {
  std::mutex mutex;
  std::atomic<DeviceState*> devices[kMaxDevices] = {};
  std::atomic<bool> lost{false};
  Status loss;
};

// Never destroyed: the completion thread and finalisers may run until the very end.
Process& process() {
  static Process* const instance = new Process;
  return *instance;
}

// Memory stays in the pool until it is trimmed: giving it back at each synchronisation costs more
// than any kernel here.
cudaError_t create_pool(int index, cudaMemPool_t* pool) {
  cudaMemPoolProps properties = {};
  properties.allocType = cudaMemAllocationTypePinned;
  properties.location.type = cudaMemLocationTypeDevice;
  properties.location.id = index;
  const cudaError_t error = cudaMemPoolCreate(pool, &properties);
  if (error != cudaSuccess) return error;
  uint64_t threshold = UINT64_MAX;
  return cudaMemPoolSetAttribute(*pool, cudaMemPoolAttrReleaseThreshold, &threshold);
}

Status create_device(int index, DeviceState& device) {
  device.index = index;
  cudaError_t error = cudaInitDevice(index, 0, 0);
  if (error != cudaSuccess) return cuda_status(error, "cudaInitDevice");
  const DriverFunctions& driver = driver_functions();
  if (driver.error != cudaSuccess) return cuda_status(driver.error, "finding driver functions");
  // The runtime's ordinals are the driver's device handles.
  error = static_cast<cudaError_t>(driver.primary_context_retain(&device.context, index));
  if (error != cudaSuccess) return cuda_status(error, "cuDevicePrimaryCtxRetain");
  const ContextScope scope(device.context);
  if (!scope.status().ok()) return scope.status();
  return cuda_status(create_pool(index, &device.pool), "cudaMemPoolCreate");
}

}  // namespace

Status find_device(int index, DeviceState*& device) {
  if (index < 0 || index >= kMaxDevices) {
    return error_status(StatusCode::kInvalidArgument, "no device of this number");
  }
  Process& state = process();
  device = state.devices[index].load(std::memory_order_acquire);
  if (device != nullptr) return ok_status();
  const std::lock_guard lock(state.mutex);
  device = state.devices[index].load(std::memory_order_relaxed);
  if (device != nullptr) return ok_status();
  auto created = std::make_unique<DeviceState>();
  const Status status = create_device(index, *created);
  if (!status.ok()) return status;
  device = created.release();
  state.devices[index].store(device, std::memory_order_release);
  return ok_status();
}

void trim_pools() {
  for (const auto& entry : process().devices) {
    const DeviceState* device = entry.load(std::memory_order_acquire);
    if (device == nullptr) continue;
    const ContextScope scope(device->context);
    if (scope.status().ok()) cudaMemPoolTrimTo(device->pool, 0);
  }
}

void remember_loss(const Status& status) {
  if (status.code != StatusCode::kDeviceLost) return;
  Process& state = process();
  const std::lock_guard lock(state.mutex);
  if (state.lost.load(std::memory_order_relaxed)) return;
  state.loss = status;
  state.lost.store(true, std::memory_order_release);
}

Status loss_status() {
  const Process& state = process();
  return state.lost.load(std::memory_order_acquire) ? state.loss : ok_status();
}

}  // namespace attnkit::runtime
