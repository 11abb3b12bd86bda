// Tiles that the softmax of their first block's maximum did not serve, and that are computed again.
#pragma once

#include <cstdint>

namespace attnkit::flash {

// A queue in shared memory. Consumers put tiles in; the scheduler takes them out before it goes on
// to new ones, so there are never more in it than tiles are described at a time.
class ReplayQueue {
 public:
  static constexpr int kCapacity = 8;
  static constexpr int kNone = -1;

  // By one thread, before __syncthreads().
  __device__ void init() {
    put_ = taken_ = 0;
    for (int& tile : tiles_) tile = kNone;
  }

  __device__ void put(int tile) {
    *static_cast<volatile int*>(&tiles_[atomicAdd(&put_, 1) % kCapacity]) = tile;
  }

  // The tile that was put in after `taken` others, or kNone as long as there is none.
  __device__ int take(uint32_t taken) {
    volatile int* const place = &tiles_[taken % kCapacity];
    const int tile = *place;
    if (tile != kNone) *place = kNone;
    return tile;
  }

  // Notes how many the scheduler has taken out, for is_empty().
  __device__ void set_taken(uint32_t taken) { taken_ = taken; }

  // Once nothing is put in any more.
  __device__ bool is_empty() const {
    const volatile ReplayQueue& queue = *this;
    return queue.put_ == queue.taken_;
  }

 private:
  uint32_t put_, taken_;
  int tiles_[kCapacity];
};

}  // namespace attnkit::flash
