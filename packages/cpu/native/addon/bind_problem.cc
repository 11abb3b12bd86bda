#include "bind_problem.h"

#include <algorithm>

namespace attnkit::cpu {
namespace {

__extension__ typedef __int128 Wide;

struct Axis {
  int64_t size, stride;
};

// Elements up to the last one touched; 0 when an axis is empty.
Wide extent(int64_t offset, std::initializer_list<Axis> axes) {
  Wide last = offset;
  for (const Axis& axis : axes) {
    if (axis.size == 0) return 0;
    last += static_cast<Wide>(axis.size - 1) * axis.stride;
  }
  return last + 1;
}

// A stride of a dense tensor: products that are too large to be exact are refused.
int64_t exact(Wide product) {
  if (product > Wide{1} << 53) fail("invalid-argument", "a size of the problem is above 2^53");
  return static_cast<int64_t>(product);
}

class Binder {
 public:
  Binder(const ProblemValues& values, const Operands& operands, bool outputs)
      : v_(values), operands_(operands), outputs_(outputs), p_(values.problem) {}

  Problem bind() {
    bind_sequences();
    bind_heads();
    bind_scores();
    bind_cache();
    bind_embeddings();
    bind_rest();
    return p_;
  }

 private:
  const int32_t* indices(int role, Wide needed) const {
    return reinterpret_cast<int32_t*>(require(role, needed));
  }

  // The address of element `offset`, when the tensor holds `needed` elements.
  char* require(int role, Wide needed, int64_t offset = 0) const {
    const Operand& operand = operands_[role];
    if (!operand.data) {
      fail("invalid-argument", std::string(kRoleNames[role]) + " is missing");
    }
    if (needed > operand.elements) {
      fail("invalid-argument", std::string(kRoleNames[role]) + " has " +
                                   std::to_string(operand.elements) + " elements, required are " +
                                   std::to_string(static_cast<double>(needed)));
    }
    return operand.data + offset * dtype_bytes(operand.dtype);
  }

  // Varlen: one sequence of all tokens.
  HeadView head_view(int role, const HeadNumbers& n, int64_t seqlen, int64_t heads,
                     int64_t width) const {
    const int64_t batch = v_.varlen ? 1 : p_.batch;
    const Wide needed = extent(
        n.offset,
        {{batch, n.batch_stride}, {seqlen, n.seq_stride}, {heads, n.head_stride}, {width, 1}});
    char* data = require(role, needed, needed == 0 ? 0 : n.offset);
    return {data, v_.varlen ? 0 : n.batch_stride, n.seq_stride, n.head_stride};
  }

  // How many tokens of a varlen view a tensor holds.
  int64_t capacity(int role, const HeadNumbers& n, int64_t heads, int64_t width) const {
    const Wide one = extent(n.offset, {{heads, n.head_stride}, {width, 1}});
    const Wide left = static_cast<Wide>(operands_[role].elements) - one;
    if (left < 0) return 0;
    return n.seq_stride == 0 ? INT32_MAX : static_cast<int64_t>(left / n.seq_stride + 1);
  }

  void bind_sequences() {
    if (!v_.varlen) return;
    p_.cu_seqlens_q = indices(kCuSeqlensQ, p_.batch + 1);
    p_.cu_seqlens_k = indices(kCuSeqlensK, p_.batch + 1);
    int64_t queries = capacity(kQ, v_.q, p_.heads, p_.head_dim);
    if (outputs_) queries = std::min(queries, capacity(kOutput, v_.out, p_.heads, p_.head_dim_v));
    const int64_t keys = std::min(capacity(kK, v_.k, p_.heads_kv, p_.head_dim),
                                  capacity(kV, v_.v, p_.heads_kv, p_.head_dim_v));
    p_.tokens_q = std::clamp<int64_t>(p_.cu_seqlens_q[p_.batch], 0, queries);
    p_.tokens_k = std::clamp<int64_t>(p_.cu_seqlens_k[p_.batch], 0, keys);
  }

  void bind_heads() {
    const int64_t queries = v_.varlen ? p_.tokens_q : p_.seqlen_q;
    const int64_t new_keys = v_.varlen ? p_.tokens_k : p_.seqlen_k - p_.past_length;
    p_.q = head_view(kQ, v_.q, queries, p_.heads, p_.head_dim);
    if (outputs_) p_.out = head_view(kOutput, v_.out, queries, p_.heads, p_.head_dim_v);
    if (new_keys == 0 && !operands_[kK].data) return;
    p_.k = head_view(kK, v_.k, new_keys, p_.heads_kv, p_.head_dim);
    p_.v = head_view(kV, v_.v, new_keys, p_.heads_kv, p_.head_dim_v);
  }

  ScoreView score_view(int role, const ScoreNumbers& n) const {
    const Wide needed = extent(n.offset, {{p_.batch, n.batch_stride},
                                          {p_.heads, n.head_stride},
                                          {p_.seqlen_q, n.row_stride},
                                          {p_.seqlen_k, 1}});
    return {require(role, needed, needed == 0 ? 0 : n.offset), n.batch_stride, n.head_stride,
            n.row_stride, n.dtype};
  }

  void bind_scores() {
    if (v_.has_bias) p_.bias = score_view(kAttentionBias, v_.bias);
    if (v_.has_mask_view) p_.mask = score_view(kMask, v_.mask);
    if (p_.mask_kind == kMaskLengths || p_.mask_kind == kMaskStartEnd) {
      const int64_t count = p_.mask_kind == kMaskStartEnd ? 2 * p_.batch : p_.batch;
      p_.lengths = indices(kMask, count);
    }
    if (v_.causal_per_batch) p_.causal_offsets = indices(kCausalOffset, p_.batch);
    if (v_.key_lengths_per_batch) p_.key_lengths = indices(kKeyLengths, p_.batch);
  }

  // In a stacked cache values lie behind as many keys.
  HeadView cache_view(int role, int64_t rows, int64_t width) const {
    const int64_t head_stride = exact(static_cast<Wide>(rows) * width);
    const int64_t batch_stride = exact(static_cast<Wide>(head_stride) * p_.heads_kv);
    const int64_t size = exact(static_cast<Wide>(batch_stride) * p_.batch);
    const bool is_second = v_.cache_stacked && (role == kPastValue || role == kPresentValue);
    const Wide needed = v_.cache_stacked ? static_cast<Wide>(size) * 2 : size;
    return {require(role, needed, is_second ? size : 0), batch_stride, width, head_stride};
  }

  void bind_cache() {
    if (v_.has_past) {
      p_.past_key = cache_view(kPastKey, v_.past_rows, p_.head_dim);
      p_.past_value = cache_view(kPastValue, v_.past_rows, p_.head_dim_v);
      if (v_.past_per_batch) p_.past_lengths = indices(kPastSeqlens, p_.batch);
    }
    if (v_.present && outputs_) {
      p_.present_key = cache_view(kPresentKey, v_.present_rows, p_.head_dim);
      p_.present_value = cache_view(kPresentValue, v_.present_rows, p_.head_dim_v);
    }
    if (!v_.q_bias && !v_.k_bias && !v_.v_bias) return;
    const int64_t keys = p_.heads * p_.head_dim;
    const Wide values = static_cast<Wide>(p_.heads) * p_.head_dim_v;
    const char* bias = require(kProjectionBias, static_cast<Wide>(keys) * 2 + values);
    const int64_t bytes = dtype_bytes(p_.dtype);
    if (v_.q_bias) p_.q_bias = bias;
    if (v_.k_bias) p_.k_bias = bias + keys * bytes;
    if (v_.v_bias) p_.v_bias = bias + 2 * keys * bytes;
  }

  void bind_embeddings() {
    if (!v_.has_norm && p_.rotary.dim == 0) return;
    // What is prepared lies in memory of its own, however the views share theirs.
    const Wide width = static_cast<Wide>(p_.batch) * p_.heads * p_.head_dim;
    exact(width * std::max(p_.seqlen_q, p_.seqlen_k));
    if (v_.has_norm) {
      p_.norm.q_weights = require(kQNorm, p_.head_dim);
      p_.norm.k_weights = require(kKNorm, p_.head_dim);
    }
    Rotary& rotary = p_.rotary;
    if (rotary.dim == 0) return;
    rotary.frequencies = v_.frequencies.data();
    if (v_.has_positions) {
      rotary.positions = indices(kPositions, static_cast<Wide>(p_.batch) * p_.seqlen_q);
    }
    if (!v_.has_rotary_tables) return;
    const Wide elements = static_cast<Wide>(rotary.table_rows) * (rotary.dim / 2);
    rotary.cos = require(kRotaryCos, elements);
    rotary.sin = require(kRotarySin, elements);
    const bool has_tokens = p_.batch > 0 && (p_.seqlen_q > 0 || p_.seqlen_k > p_.past_length);
    if (rotary.table_rows == 0 && has_tokens) {
      fail("invalid-argument", "the rotary tables have no rows");
    }
  }

  void bind_rest() {
    if (p_.sink_kind == kSinkPerHead) {
      p_.sink = reinterpret_cast<float*>(require(kSink, p_.heads));
    }
    if (!outputs_) return;
    const Wide rows = v_.varlen ? static_cast<Wide>(p_.heads) * p_.tokens_q
                                : static_cast<Wide>(p_.batch) * p_.heads * p_.seqlen_q;
    if (p_.qk_output != kQkNone) p_.qk = require(kQk, rows * p_.seqlen_k);
    if (v_.lse) p_.lse = reinterpret_cast<float*>(require(kSoftmaxLse, rows));
  }

  const ProblemValues& v_;
  const Operands& operands_;
  const bool outputs_;
  Problem p_;
};

}  // namespace

int32_t role_dtype(const ProblemValues& values, int role) {
  switch (role) {
    case kMask:
      return values.has_mask_view ? values.mask.dtype : kInt32;
    case kAttentionBias:
      return values.bias.dtype;
    case kCausalOffset:
    case kCuSeqlensQ:
    case kCuSeqlensK:
    case kKeyLengths:
    case kPastSeqlens:
    case kPositions:
      return kInt32;
    case kSink:
    case kSoftmaxLse:
      return kFloat32;
    default:
      return values.problem.dtype;
  }
}

Problem bind_problem(const ProblemValues& values, const Operands& operands, bool outputs) {
  return Binder(values, operands, outputs).bind();
}

}  // namespace attnkit::cpu
