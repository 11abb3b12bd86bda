// The products of the float64 reference.
#pragma once

namespace attnkit::flash::test {

constexpr int kRows = 4;    // of a product
constexpr int kLanes = 16;  // columns that are computed at a time

// c = a b, where a is (kRows, depth), b (depth, columns) with `stride` and c (kRows, columns).
// `columns` is a multiple of kLanes.
void multiply_rows(const double* a, int depth, const double* b, int stride, double* c, int columns);

}  // namespace attnkit::flash::test
