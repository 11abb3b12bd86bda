#include "element_reader.h"

#include <bit>
#include <cmath>

namespace attnkit::cpu {
namespace {

double from_float16(uint16_t bits) {
  const int exponent = bits >> 10 & 31, mantissa = bits & 1023;
  double size;
  if (exponent == 31) {
    size = mantissa ? NAN : INFINITY;
  } else if (exponent == 0) {
    size = mantissa * 0x1p-24;
  } else {
    size = std::ldexp(1024 + mantissa, exponent - 25);
  }
  return bits & 0x8000 ? -size : size;
}

double from_bfloat16(uint16_t bits) {
  return std::bit_cast<float>(static_cast<uint32_t>(bits) << 16);
}

template <class T>
const T* at(const char* base, int64_t index) {
  return reinterpret_cast<const T*>(base) + index;
}

}  // namespace

double read_element(const char* base, int64_t index, int32_t dtype) {
  switch (dtype) {
    case kFloat32:
      return *at<float>(base, index);
    case kFloat64:
      return *at<double>(base, index);
    case kFloat16:
      return from_float16(*at<uint16_t>(base, index));
    default:
      return from_bfloat16(*at<uint16_t>(base, index));
  }
}

void read_elements(const char* base, int64_t index, int32_t dtype, int64_t count, double* to) {
  if (dtype == kFloat32) {
    const float* from = at<float>(base, index);
    for (int64_t i = 0; i < count; i++) to[i] = from[i];
    return;
  }
  for (int64_t i = 0; i < count; i++) to[i] = read_element(base, index + i, dtype);
}

bool mask_keeps(const char* base, int64_t index, int32_t dtype) {
  switch (dtype) {
    case kInt32:
      return *at<int32_t>(base, index) > 0;
    case kInt64:
      return *at<int64_t>(base, index) > 0;
    default:
      return *at<uint8_t>(base, index) > 0;
  }
}

}  // namespace attnkit::cpu
