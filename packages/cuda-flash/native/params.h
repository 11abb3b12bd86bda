// The parameters of one launch: plain data, packed in JavaScript by src/params.ts, which has the
// same table of offsets. Strides are in bytes; pointers are device addresses, 0 where there is no
// tensor.
#pragma once

#include <cstddef>
#include <cstdint>

namespace attnkit::flash {

enum FlashFlags : uint32_t {
  kCausal = 1u << 0,
  // A row that sees no key that the mask keeps is computed as if there were no mask.
  kIgnoreMaskInEmptyRows = 1u << 1,
  // The scale is negative, or zero: queries are negated, or zeroed, and its magnitude is used,
  // or 1.
  kNegateQueries = 1u << 2,
  kZeroQueries = 1u << 3,
  // Every block of keys is looked through for its maximum. Else only the first is, and rows that
  // this does not serve are done again; the FlashAttention-2 kernels always look.
  kExactSoftmax = 1u << 4,
  // Of the decode kernels: the splits of a tile are a cluster of thread blocks (at most
  // kMaxClusterSplits, compute capability 9.0 alone), and there are no partial results.
  kSplitsInCluster = 1u << 5,
};

inline constexpr int kMaxClusterSplits = 16;

// Rows (tokens) of one tensor: (batch, token, head) is at
// pointer + batch * batch_stride + token * row_stride + head * head_stride.
struct HeadTensor {
  uint64_t pointer;
  int64_t batch_stride;
  int64_t head_stride;
  int32_t row_stride;
  int32_t total_tokens;  // of all sequences when varlen; of Q and K alone it is looked at
};

struct FlashParams {
  HeadTensor q;
  HeadTensor k;
  HeadTensor v;
  HeadTensor o;
  uint64_t
      softmax_lse;  // float32 (batch, num_heads, seqlen_q); (num_heads, total queries) if varlen
  uint64_t cu_seqlens_q;    // int32[batch + 1]
  uint64_t cu_seqlens_k;    // int32[batch + 1]
  uint64_t key_starts;      // int32[batch], first key that the mask keeps
  uint64_t key_ends;        // int32[batch], one past the last key that the mask keeps
  uint64_t causal_offsets;  // int32[batch], replaces causal_offset
  uint64_t key_lengths;     // int32[batch], keys of each sequence: those behind do not exist
  uint64_t past_seqlens;    // int32[batch], keys before the new ones: there are none behind those
  int32_t batch;
  int32_t first_batch;  // of this launch, when the grid cannot hold all
  int32_t seqlen_q;
  int32_t seqlen_k;
  int32_t num_heads;
  int32_t heads_per_kv;  // num_heads / num_heads_kv
  int32_t head_dim;      // of Q and K
  int32_t head_dim_v;    // of V and the output
  int32_t new_keys;      // that follow past_seqlens
  int32_t causal_offset;
  int32_t window_left;  // -1: unbounded
  int32_t window_right;
  float scale_log2;  // > 0: what scores (after softcap) are multiplied by to be exponents of 2
  float
      softcap_scale;  // 0: no softcap; else scores become tanh(score * softcap_scale / (2 log2 e))
  uint32_t flags;     // FlashFlags
  int32_t lse_head_stride;  // elements from head to head of softmax_lse when varlen
  // 0 without. For the results of splits of a decode kernel (kernels/decode/partial_rows.cuh).
  uint64_t workspace;
  // int32, 0 without. The stream's own: zeros at the start of a kernel, which leaves them zeros. Of
  // a Hopper kernel one, for the tiles that thread blocks have taken; of a decode kernel one for
  // each tile, for the splits that have written their results.
  uint64_t counters;
  int32_t num_splits;  // thread blocks of a decode kernel that share the keys of a tile
  int32_t reserved;
};

static_assert(sizeof(HeadTensor) == 32, "packed in JavaScript");
static_assert(sizeof(FlashParams) == 280, "packed in JavaScript");
static_assert(offsetof(FlashParams, softmax_lse) == 128, "packed in JavaScript");
static_assert(offsetof(FlashParams, batch) == 192, "packed in JavaScript");
static_assert(offsetof(FlashParams, lse_head_stride) == 252, "packed in JavaScript");
static_assert(offsetof(FlashParams, num_splits) == 272, "packed in JavaScript");

}  // namespace attnkit::flash
