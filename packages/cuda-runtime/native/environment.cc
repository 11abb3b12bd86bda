#include "environment.h"

#include <set>

#include "attnkit/context_scope.h"
#include "device_state.h"

namespace attnkit::runtime {

void join_streams(const Environment& environment, int device, cudaStream_t to) {
  cudaEvent_t event = nullptr;
  if (cudaEventCreateWithFlags(&event, cudaEventDisableTiming) != cudaSuccess) return;
  for (const auto& [stream, owner] : environment.streams) {
    if (owner != device || cudaEventRecord(event, stream) != cudaSuccess) continue;
    cudaStreamWaitEvent(to, event, 0);
  }
  cudaEventDestroy(event);
}

namespace {

// The order of the frees is kept by the device; nothing here waits.
void free_memory(const Environment& environment, int device) {
  cudaStream_t last = nullptr;
  if (cudaStreamCreateWithFlags(&last, cudaStreamNonBlocking) != cudaSuccess) return;
  join_streams(environment, device, last);
  for (const auto& [pointer, owner] : environment.allocations) {
    if (owner == device) cudaFreeAsync(pointer, last);
  }
  cudaStreamDestroy(last);
}

void release_device(const Environment& environment, int device) {
  DeviceState* state = nullptr;
  if (!find_device(device, state).ok()) return;
  const ContextScope scope(state->context);
  if (!scope.status().ok()) return;
  free_memory(environment, device);
  for (const auto& [graph, owner] : environment.graphs) {
    if (owner == device) cudaGraphExecDestroy(graph);
  }
  for (const auto& [event, owner] : environment.events) {
    if (owner == device) cudaEventDestroy(event);
  }
  for (const auto& [stream, owner] : environment.streams) {
    if (owner == device) cudaStreamDestroy(stream);
  }
}

// Runs when the environment closes, on its thread, before anything of it is gone.
void close_environment(void* data) {
  const std::unique_ptr<Environment> environment(static_cast<Environment*>(data));
  environment->channel->close();
  std::set<int> devices;
  for (const auto& [pointer, device] : environment->allocations) devices.insert(device);
  for (const auto& [stream, device] : environment->streams) devices.insert(device);
  for (const auto& [event, device] : environment->events) devices.insert(device);
  for (const int device : devices) release_device(*environment, device);
  napi_set_instance_data(environment->env, nullptr, nullptr, nullptr);
  if (completions().leave()) trim_pools();
}

bool create_results(napi_env env, Environment& environment, napi_value& array) {
  napi_value buffer = nullptr;
  void* memory = nullptr;
  constexpr size_t kBytes = kResultSlots * sizeof(uint64_t);
  if (napi_create_arraybuffer(env, kBytes, &memory, &buffer) != napi_ok) return false;
  if (napi_create_typedarray(env, napi_biguint64_array, kResultSlots, buffer, 0, &array) !=
      napi_ok) {
    return false;
  }
  environment.results = static_cast<uint64_t*>(memory);
  return napi_create_reference(env, array, 1, &environment.results_reference) == napi_ok;
}

}  // namespace

napi_value start_environment(napi_env env, napi_callback_info info) {
  size_t count = 1;
  napi_value on_complete = nullptr;
  void* running = nullptr;
  if (napi_get_instance_data(env, &running) != napi_ok || running != nullptr) return nullptr;
  if (napi_get_cb_info(env, info, &count, &on_complete, nullptr, nullptr) != napi_ok)
    return nullptr;
  auto environment = std::make_unique<Environment>();
  environment->env = env;
  napi_value results = nullptr;
  if (count != 1 || !create_results(env, *environment, results)) return nullptr;
  environment->channel = Channel::open(env, on_complete);
  if (environment->channel == nullptr) return nullptr;
  if (napi_set_instance_data(env, environment.get(), nullptr, nullptr) != napi_ok) return nullptr;
  // Hooks run last in, first out: this one before the channel's own, so the channel still exists.
  if (napi_add_env_cleanup_hook(env, close_environment, environment.get()) != napi_ok) {
    napi_set_instance_data(env, nullptr, nullptr, nullptr);
    return nullptr;
  }
  completions().enter();
  environment.release();
  return results;
}

}  // namespace attnkit::runtime
