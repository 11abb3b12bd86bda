// What one JavaScript environment (the main thread, or a worker) owns. When it closes, everything
// it still holds on a device is given back without waiting for the device.
#pragma once

#include <cuda_runtime_api.h>
#include <node_api.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "completions.h"

namespace attnkit::runtime {

// Slots of the array in which native functions leave numbers and handles for JavaScript.
inline constexpr size_t kResultSlots = 8;

struct Environment {
  napi_env env = nullptr;
  napi_ref results_reference = nullptr;
  uint64_t* results = nullptr;  // (kResultSlots)
  std::shared_ptr<Channel> channel;
  uint64_t next_completion = 0;

  // Handle → device.
  std::unordered_map<void*, int> allocations;
  std::unordered_map<cudaStream_t, int> streams;
  std::unordered_map<cudaEvent_t, int> events;
  std::unordered_map<cudaGraphExec_t, int> graphs;

  void set_result(size_t slot, uint64_t value) { results[slot] = value; }
  void set_result(size_t slot, const void* value) {
    results[slot] = reinterpret_cast<uint64_t>(value);
  }
};

// Makes `to` wait for what every stream of the environment on `device`, whose context is current,
// has been given.
void join_streams(const Environment& environment, int device, cudaStream_t to);

// start(onComplete) → a BigUint64Array for results. onComplete(id, status, buffer) is called for
// every completion of this environment. Once an environment; undefined when it cannot be.
napi_value start_environment(napi_env env, napi_callback_info info);

}  // namespace attnkit::runtime
