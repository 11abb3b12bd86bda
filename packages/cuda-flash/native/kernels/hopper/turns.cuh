// Consumers that take turns: while one issues products, the others exponentiate.
#pragma once

#include "attnkit/warpgroup.cuh"

namespace attnkit::flash {

// Named barriers of a thread block.
enum NamedBarrier : int { kTurns = 1, kStaged = 5 };  // + the warpgroup's number

// A consumer's part in them; where a kernel has none, nothing.
template <typename Traits>
class Turns {
  static constexpr int kThreads = 2 * kWarpgroupThreads;  // who waits, and who passes its turn on

 public:
  __device__ __forceinline__ explicit Turns(int warpgroup) : warpgroup_(warpgroup) {}

  // The first consumer has the first turn.
  __device__ __forceinline__ void begin() const {
    if (Traits::kPingPong && warpgroup_ == 0) named_barrier_arrive(kTurns, kThreads);
  }
  __device__ __forceinline__ void await() const {
    if constexpr (Traits::kPingPong) named_barrier_wait(kTurns + warpgroup_, kThreads);
  }
  __device__ __forceinline__ void pass() const {
    if constexpr (Traits::kPingPong) {
      const int next = warpgroup_ + 1 == Traits::kConsumers ? 0 : warpgroup_ + 1;
      named_barrier_arrive(kTurns + next, kThreads);
    }
  }

 private:
  const int warpgroup_;
};

}  // namespace attnkit::flash
