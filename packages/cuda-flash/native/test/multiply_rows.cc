#include "multiply_rows.h"

#include <cstring>

// Compiled for several processors; which one it runs on is looked up when the program starts.
#if defined(__x86_64__)
#define ATTNKIT_TARGET_CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define ATTNKIT_TARGET_CLONES
#endif

namespace attnkit::flash::test {

ATTNKIT_TARGET_CLONES
void multiply_rows(const double* a, int a_stride, int depth, const float* b, double* c,
                   int c_stride) {
  constexpr int kVectors = kLanes / 8;
  typedef float Floats __attribute__((vector_size(32)));
  typedef double Doubles __attribute__((vector_size(64)));
  Doubles sums[kRows][kVectors] = {};
  for (int k = 0; k < depth; ++k) {
    Floats narrow[kVectors];
    std::memcpy(narrow, b + long(k) * kLanes, sizeof(narrow));
    for (int v = 0; v < kVectors; ++v) {
      const Doubles factor = __builtin_convertvector(narrow[v], Doubles);
      for (int row = 0; row < kRows; ++row) sums[row][v] += a[long(row) * a_stride + k] * factor;
    }
  }
  for (int row = 0; row < kRows; ++row) {
    std::memcpy(c + long(row) * c_stride, sums[row], sizeof(sums[row]));
  }
}

}  // namespace attnkit::flash::test
