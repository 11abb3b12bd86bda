// Rounds probabilities of unchecked blocks before they are added up, so that sums are of what is
// multiplied with the values: then the one probability that outweighs a row's others counts as it
// should, although it is not the 1 of a maximum.
#pragma once

#include <cuda_fp16.h>

#include <cstdint>
#include <type_traits>

namespace attnkit::flash {

// Bits that Element has no room for are cut off.
template <typename Element>
class CutBits {
 public:
  __device__ explicit CutBits(bool cuts) : kept_(cuts ? kKept : ~0u), bias_(cuts ? kBias : 0.0f) {}

  // What an exponent of 2 is raised by first: on average, that is what is cut off.
  __device__ __forceinline__ float bias() const { return bias_; }

  __device__ __forceinline__ float operator()(float probability) const {
    return __uint_as_float(__float_as_uint(probability) & kept_);
  }

 private:
  static constexpr bool kHalf = std::is_same_v<Element, __half>;
  // 10 bits of float16's mantissa, 7 of bfloat16's.
  static constexpr uint32_t kKept = kHalf ? 0xffffe000u : 0xffff0000u;
  static constexpr float kBias = kHalf ? 5.1e-4f : 4.1e-3f;

  uint32_t kept_;
  float bias_;
};

}  // namespace attnkit::flash
