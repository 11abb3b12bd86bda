// Philox4x32-10: a counter-based generator. Element i of a tensor depends on the seed and on i
// alone, so every launch shape and every device makes the same numbers. Source of the constants and
// rounds: Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3", 2011.
#pragma once

#include <cstdint>

namespace attnkit::runtime {

__device__ inline uint4 philox_round(uint4 counter, uint2 key) {
  const uint32_t high0 = __umulhi(0xD2511F53u, counter.x);
  const uint32_t low0 = 0xD2511F53u * counter.x;
  const uint32_t high1 = __umulhi(0xCD9E8D57u, counter.z);
  const uint32_t low1 = 0xCD9E8D57u * counter.z;
  return make_uint4(high1 ^ counter.y ^ key.x, low1, high0 ^ counter.w ^ key.y, low0);
}

// Four random words for counter `index` under `seed`.
__device__ inline uint4 philox(uint64_t seed, uint64_t index) {
  uint4 counter =
      make_uint4(static_cast<uint32_t>(index), static_cast<uint32_t>(index >> 32), 0, 0);
  uint2 key = make_uint2(static_cast<uint32_t>(seed), static_cast<uint32_t>(seed >> 32));
#pragma unroll
  for (int round = 0; round < 10; ++round) {
    counter = philox_round(counter, key);
    key.x += 0x9E3779B9u;
    key.y += 0xBB67AE85u;
  }
  return counter;
}

// Two independent normal numbers from two random words (Box and Muller).
__device__ inline float2 normal_pair(uint32_t a, uint32_t b) {
  constexpr float kUnit = 2.3283064365386963e-10f;  // 2^-32
  const float uniform = (static_cast<float>(a) + 0.5f) * kUnit;
  const float radius = sqrtf(-2.0f * logf(fminf(uniform, 0.99999994f)));
  float sine;
  float cosine;
  sincospif(2.0f * kUnit * static_cast<float>(b), &sine, &cosine);
  return make_float2(radius * cosine, radius * sine);
}

}  // namespace attnkit::runtime
