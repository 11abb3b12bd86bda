// What the process knows of each device, shared by all environments (the main thread and workers):
// its primary context, its memory pool, and whether it was lost.
#pragma once

#include <cuda_runtime_api.h>

#include "attnkit/context_scope.h"

namespace attnkit::runtime {

struct DeviceState {
  int index = 0;
  CUcontext context = nullptr;
  cudaMemPool_t pool = nullptr;
};

// The state of device `index`, made at its first use and kept until the process ends.
Status find_device(int index, DeviceState*& device);

// Gives memory that no tensor uses back to the system, on every device in use.
void trim_pools();

// Called with every status that leaves native code: the first unrecoverable one is kept.
void remember_loss(const Status& status);

// The status that lost the device; ok while it works.
Status loss_status();

}  // namespace attnkit::runtime
