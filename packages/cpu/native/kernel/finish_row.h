// The end of a row: division by the row's sum, with the sink in it, rounding, and the log-sum-exp.
#pragma once
#include "block.h"
#include "convert.h"
#include "exp2.h"

namespace attnkit::cpu {
namespace {

ATTNKIT_INLINE void store_lse(const Problem& p, const Block& block, int64_t head, int64_t query,
                              float value) {
  if (!p.lse) return;
  const int64_t index = p.cu_seqlens_q ? head * p.tokens_q + block.token_q + query
                                       : (block.batch * p.heads + head) * p.seqlen_q + query;
  p.lse[index] = value;
}

// What the row's sum of weighted values is multiplied by: 0 for a row without keys. `largest` is in
// units of log2(e). Writes the row's log-sum-exp where it is asked for.
ATTNKIT_INLINE float finish_sum(const Problem& p, const Block& block, int64_t head, int64_t query,
                                float largest, float sum) {
  if (largest == -kInfinity) {
    store_lse(p, block, head, query, -kInfinity);
    return 0.0f;
  }
  float factor = 1.0f;
  if (p.sink_kind != kSinkNone) {
    const float sink = p.sink_kind == kSinkPerHead ? p.sink[head] * kLog2E : 0.0f;
    const float both = max(largest, sink);
    factor = exp2(largest - both);
    sum = sum * factor + exp2(sink - both);
    largest = both;
  }
  if (p.lse) {
    const double lse = (largest + log2((double)sum)) * 0.6931471805599453;
    store_lse(p, block, head, query, (float)lse);
  }
  return factor / sum;
}

ATTNKIT_INLINE int64_t output_index(const Problem& p, const Block& block, int64_t head,
                                    int64_t query) {
  const HeadRows rows = head_rows(p.out, block.batch, block.token_q + query, head);
  return rows.first;
}

// One row from its sum of weighted values, contiguous.
ATTNKIT_INLINE void store_row(const Problem& p, const Block& block, int64_t head, int64_t query,
                              const float* values, float largest, float sum) {
  const float factor = finish_sum(p, block, head, query, largest, sum);
  const int64_t to = output_index(p, block, head, query);
  for (int64_t d = 0; d < p.head_dim_v; d += kLanes) {
    const Vec x = factor == 0.0f ? Vec{} : load(values + d) * factor;
    store_as(p.out.data, to + d, p.dtype, x, p.head_dim_v - d);
  }
}

}  // namespace
}  // namespace attnkit::cpu
