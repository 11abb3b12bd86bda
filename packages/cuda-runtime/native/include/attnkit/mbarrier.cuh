// Barriers in shared memory on which loads complete and warps wait.
#pragma once

#include <cstdint>

namespace attnkit {

// A barrier is 8 bytes of shared memory, known by its address. It is passed once in each phase, and
// the parity of the phase is what a waiter asks for: waiting for the parity 1 of a barrier that has
// never been passed returns at once.
using BarrierAddress = uint32_t;
inline constexpr int kBarrierBytes = 8;

// `arrivals`: how many complete a phase, besides the bytes that were announced.
__device__ __forceinline__ void init_barrier(BarrierAddress barrier, int arrivals) {
  asm volatile("mbarrier.init.shared::cta.b64 [%0], %1;" ::"r"(barrier), "r"(arrivals) : "memory");
}

// Makes barriers that this thread has initialised known to the copy engine. Threads still need a
// __syncthreads().
__device__ __forceinline__ void publish_barriers() {
  asm volatile("fence.mbarrier_init.release.cluster;" ::: "memory");
}

__device__ __forceinline__ void arrive(BarrierAddress barrier) {
  asm volatile("mbarrier.arrive.shared::cta.b64 _, [%0];" ::"r"(barrier) : "memory");
}

// Arrives, and has the phase wait for `bytes` that loads will bring.
__device__ __forceinline__ void arrive_expecting(BarrierAddress barrier, int bytes) {
  asm volatile("mbarrier.arrive.expect_tx.shared::cta.b64 _, [%0], %1;" ::"r"(barrier), "r"(bytes)
               : "memory");
}

__device__ __forceinline__ void wait(BarrierAddress barrier, uint32_t parity) {
  uint32_t passed;
  do {
    asm volatile(
        "{\n"
        ".reg .pred p;\n"
        "mbarrier.try_wait.parity.shared::cta.b64 p, [%1], %2;\n"
        "selp.u32 %0, 1, 0, p;\n"
        "}\n"
        : "=r"(passed)
        : "r"(barrier), "r"(parity)
        : "memory");
  } while (!passed);
}

// Which slot of a ring is next, and the parity of its barrier's phase there.
template <int kSlots>
struct RingPosition {
  int slot = 0;
  uint32_t parity = 0;

  __device__ __forceinline__ void advance() {
    if (++slot == kSlots) {
      slot = 0;
      parity ^= 1;
    }
  }

  __device__ __forceinline__ RingPosition previous() const {
    return slot == 0 ? RingPosition{kSlots - 1, parity ^ 1} : RingPosition{slot - 1, parity};
  }
};

// The same in one register, at the price of a few instructions at each use.
template <int kSlots>
class CompactRingPosition {
 public:
  __device__ __forceinline__ CompactRingPosition(int at = 0) : at_(at) {}

  __device__ __forceinline__ int slot() const { return at_ < kSlots ? at_ : at_ - kSlots; }
  __device__ __forceinline__ uint32_t parity() const { return at_ < kSlots ? 0 : 1; }
  __device__ __forceinline__ void advance() { at_ = at_ + 1 == 2 * kSlots ? 0 : at_ + 1; }
  __device__ __forceinline__ CompactRingPosition previous() const {
    return at_ == 0 ? 2 * kSlots - 1 : at_ - 1;
  }
  // In a ring that goes round several times as often and is advanced at the same times.
  template <int kOtherSlots>
  __device__ __forceinline__ CompactRingPosition<kOtherSlots> in() const {
    static_assert(kSlots % kOtherSlots == 0);
    return at_ % (2 * kOtherSlots);
  }

 private:
  int at_;  // in both rounds that a parity tells apart
};

// The parities to wait for at a ring's barriers when a slot's barrier is not passed in every round.
class SlotParities {
 public:
  // Of the slot's next phase, which counts as used.
  __device__ __forceinline__ uint32_t take(int slot) {
    const uint32_t parity = bits_ >> slot & 1;
    bits_ ^= 1u << slot;
    return parity;
  }

 private:
  uint32_t bits_ = 0;
};

}  // namespace attnkit
