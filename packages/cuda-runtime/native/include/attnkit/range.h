// A half-open interval of rows or keys.
#pragma once

#ifdef __CUDACC__
#define ATTNKIT_HOST_DEVICE __host__ __device__ __forceinline__
#else
#define ATTNKIT_HOST_DEVICE inline
#endif

namespace attnkit {

struct Range {
  int begin;
  int end;

  ATTNKIT_HOST_DEVICE bool empty() const { return begin >= end; }
  ATTNKIT_HOST_DEVICE unsigned size() const { return empty() ? 0u : unsigned(end - begin); }
  ATTNKIT_HOST_DEVICE bool contains(int i) const { return unsigned(i - begin) < size(); }
  ATTNKIT_HOST_DEVICE bool contains(Range inner) const {
    return inner.begin >= begin && inner.end <= end;
  }
  ATTNKIT_HOST_DEVICE bool overlaps(Range other) const {
    return begin < other.end && other.begin < end;
  }
};

ATTNKIT_HOST_DEVICE int clamp(int value, int low, int high) {
  return value < low ? low : value > high ? high : value;
}

ATTNKIT_HOST_DEVICE Range intersect(Range a, Range b) {
  return {a.begin > b.begin ? a.begin : b.begin, a.end < b.end ? a.end : b.end};
}

}  // namespace attnkit
