#include "results.h"

#include <algorithm>
#include <cstring>

namespace attnkit::cpu {
namespace {

// Copies bytes that lie at the same distance from the start in both.
class Copier {
 public:
  Copier(const Operand& copy, const Operand& target) : from_(copy.data), to_(target.data) {}
  void operator()(const char* at, int64_t bytes) const {
    std::memcpy(to_ + (at - from_), at, bytes);
  }

 private:
  const char* from_;
  char* to_;
};

void copy_output(const Problem& p, const Copier& copy) {
  const HeadView& view = p.out;
  const int64_t batch = p.cu_seqlens_q ? 1 : p.batch;
  const int64_t rows = p.cu_seqlens_q ? p.tokens_q : p.seqlen_q;
  const int64_t bytes = dtype_bytes(p.dtype), width = p.heads * p.head_dim_v;
  const bool dense_row = view.head_stride == p.head_dim_v || p.heads == 1;
  const bool dense = dense_row && view.seq_stride == width;
  for (int64_t b = 0; b < batch; b++) {
    const char* start = view.data + b * view.batch_stride * bytes;
    if (dense) {
      copy(start, rows * width * bytes);
      continue;
    }
    for (int64_t s = 0; s < rows; s++) {
      const char* row = start + s * view.seq_stride * bytes;
      if (dense_row) {
        copy(row, width * bytes);
        continue;
      }
      for (int64_t h = 0; h < p.heads; h++) {
        copy(row + h * view.head_stride * bytes, p.head_dim_v * bytes);
      }
    }
  }
}

int64_t past_rows(const Problem& p, int64_t batch) {
  if (!p.past_lengths) return p.past_length;
  return std::clamp<int64_t>(p.past_lengths[batch], 0, p.past_length);
}

void copy_present(const Problem& p, const HeadView& past, const HeadView& present, int64_t width,
                  const Copier& copy) {
  const int64_t bytes = dtype_bytes(p.dtype);
  for (int64_t b = 0; b < p.batch; b++) {
    const int64_t held = past_rows(p, b);
    const int64_t first = past.data == present.data ? held : 0;
    const int64_t rows = held + p.seqlen_k - p.past_length - first;
    for (int64_t h = 0; h < p.heads_kv; h++) {
      const int64_t at = b * present.batch_stride + h * present.head_stride + first * width;
      copy(present.data + at * bytes, rows * width * bytes);
    }
  }
}

}  // namespace

void copy_result(const Problem& p, int role, const Operand& from, const Operand& to) {
  const Copier copy(from, to);
  const int64_t rows = p.cu_seqlens_q ? p.heads * p.tokens_q : p.batch * p.heads * p.seqlen_q;
  switch (role) {
    case kOutput:
      return copy_output(p, copy);
    case kPresentKey:
      return copy_present(p, p.past_key, p.present_key, p.head_dim, copy);
    case kPresentValue:
      return copy_present(p, p.past_value, p.present_value, p.head_dim_v, copy);
    case kQk:
      return copy(p.qk, rows * p.seqlen_k * dtype_bytes(p.dtype));
    case kSoftmaxLse:
      return copy(reinterpret_cast<const char*>(p.lse), rows * 4);
    default:
      return;
  }
}

}  // namespace attnkit::cpu
