// The two loops of float64 attention. Several sums side by side, so that the compiler can use
// vectors without changing the order of any one sum.
#pragma once
#include "simd.h"

namespace attnkit::cpu {
namespace {

constexpr int kSums = 2 * kLanes;

double dot(const double* a, const double* b, int64_t n) {
  double sums[kSums] = {};
  int64_t i = 0;
  for (; i + kSums <= n; i += kSums) {
    for (int s = 0; s < kSums; s++) sums[s] += a[i + s] * b[i + s];
  }
  double sum = 0;
  for (; i < n; i++) sum += a[i] * b[i];
  for (int s = 0; s < kSums; s++) sum += sums[s];
  return sum;
}

void multiply_add(double* __restrict sum, const double* __restrict x, double factor, int64_t n) {
  for (int64_t i = 0; i < n; i++) sum[i] += factor * x[i];
}

}  // namespace
}  // namespace attnkit::cpu
