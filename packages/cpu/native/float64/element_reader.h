// Elements of any float type as float64, exactly.
#pragma once
#include "../problem.h"

namespace attnkit::cpu {

double read_element(const char* base, int64_t index, int32_t dtype);
// to[i] = element index + i, for `count` elements.
void read_elements(const char* base, int64_t index, int32_t dtype, int64_t count, double* to);
bool mask_keeps(const char* base, int64_t index, int32_t dtype);

}  // namespace attnkit::cpu
