#include "multiply_rows.h"

#include <cstring>

// Compiled for several processors; which one it runs on is looked up when the program starts.
#if defined(__x86_64__)
#define ATTNKIT_TARGET_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default")))
#else
#define ATTNKIT_TARGET_CLONES
#endif

namespace attnkit::flash::test {

ATTNKIT_TARGET_CLONES
void multiply_rows(const double* a, int depth, const double* b, int stride, double* c,
                   int columns) {
  typedef double Vector __attribute__((vector_size(64)));
  constexpr int kVectors = kLanes / 8;
  for (int column = 0; column < columns; column += kLanes) {
    Vector sums[kRows][kVectors] = {};
    for (int k = 0; k < depth; ++k) {
      Vector factors[kVectors];
      std::memcpy(factors, b + long(k) * stride + column, sizeof(factors));
      for (int row = 0; row < kRows; ++row) {
        for (int v = 0; v < kVectors; ++v) sums[row][v] += a[long(row) * depth + k] * factors[v];
      }
    }
    for (int row = 0; row < kRows; ++row) {
      std::memcpy(c + long(row) * columns + column, sums[row], sizeof(sums[row]));
    }
  }
}

}  // namespace attnkit::flash::test
