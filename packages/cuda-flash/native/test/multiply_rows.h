// The products of the float64 reference.
#pragma once

namespace attnkit::flash::test {

constexpr int kRows = 8;    // of a product
constexpr int kLanes = 16;  // and columns

// c = a b, where a is (kRows, depth) with `a_stride`, b (depth, kLanes) and c (kRows, kLanes) with
// `c_stride`.
void multiply_rows(const double* a, int a_stride, int depth, const float* b, double* c,
                   int c_stride);

}  // namespace attnkit::flash::test
