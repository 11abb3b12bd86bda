// Tiles that the softmax of their first block's maximum did not serve, and that are computed again.
#pragma once

#include <cstdint>

namespace attnkit::flash {

// Numbers of a thread block's tiles, in shared memory. Where there are more of them than bits, each
// bit stands for several.
class ReplaySet {
  static constexpr int kWords = 32;
  static constexpr int kBits = 32 * kWords;

 public:
  // By one thread, before __syncthreads(). `rounds`: how many tiles the thread block may have.
  __device__ void init(int rounds) {
    per_bit_ = (rounds + kBits - 1) / kBits;
    any_ = 0;
    for (uint32_t& word : words_) word = 0;
  }

  __device__ void add(int round) {
    const int bit = round / per_bit_;
    atomicOr(&words_[bit / 32], 1u << bit % 32);
    any_ = 1;
  }

  __device__ bool contains(int round) const {
    const int bit = round / per_bit_;
    return words_[bit / 32] >> bit % 32 & 1;
  }

  __device__ bool empty() const { return *static_cast<const volatile uint32_t*>(&any_) == 0; }

 private:
  int per_bit_;
  uint32_t any_;
  uint32_t words_[kWords];
};

}  // namespace attnkit::flash
