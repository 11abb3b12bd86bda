// An attention problem as native code sees it: plain data, addresses and strides. Every address has
// been checked against its buffer before this struct exists. No inline code that a kernel object of
// one instruction set could share with another.
#pragma once
#include <stddef.h>
#include <stdint.h>

namespace attnkit::cpu {

enum Dtype : int32_t { kFloat32, kFloat16, kBfloat16, kFloat64, kInt32, kInt64, kUint8 };
enum MaskKind : int32_t { kMaskNone, kMaskLengths, kMaskStartEnd, kMaskValues };
enum SinkKind : int32_t { kSinkNone, kSinkZero, kSinkPerHead };
enum QkOutput : int32_t { kQkNone, kQkScaled, kQkSoftcapped, kQkBiased, kQkProbabilities };
enum QkHidden : int32_t { kHiddenLowest, kHiddenMinusInf, kHiddenZero };

constexpr int dtype_bytes(int32_t dtype) {
  return dtype == kUint8                           ? 1
         : dtype == kFloat16 || dtype == kBfloat16 ? 2
         : dtype == kFloat64 || dtype == kInt64    ? 8
                                                   : 4;
}

// Vectors by (batch, sequence position, head); strides in elements, the last dimension contiguous.
struct HeadView {
  char* data;
  int64_t batch_stride, seq_stride, head_stride;
};

// Values by (batch, head, query, key); strides in elements, keys contiguous, 0 broadcasts.
struct ScoreView {
  const char* data;
  int64_t batch_stride, head_stride, row_stride;
  int32_t dtype;
};

// Root mean square norm of each head of Q and the new K: weights [head_dim], null is off.
struct HeadNorm {
  const char *q_weights, *k_weights;
  double epsilon;
};

// Rotary embedding of the first `dim` elements of each head; 0 is off.
struct Rotary {
  int64_t dim;
  bool interleaved;
  const char *cos, *sin;      // [table_rows][dim / 2], or null: of position times frequency
  const double* frequencies;  // [dim / 2]
  int64_t table_rows;         // positions are clamped to them
  const int32_t* positions;   // [batch][seqlen_q], or null: where a token lies among the keys
};

struct Problem {
  int32_t dtype;
  int32_t qk_dtype;  // of q and of k, the new keys: float32 once norm and rotation are done
  int64_t batch, seqlen_q, seqlen_k, heads, heads_kv, head_dim, head_dim_v;
  double scale, softcap;

  bool causal;
  int64_t causal_offset, window_left, window_right;  // windows: -1 is off
  const int32_t* causal_offsets;                     // [batch], or null: causal_offset

  int64_t key_length;          // keys behind are hidden; seqlen_k or more is off
  const int32_t* key_lengths;  // [batch], or null: key_length

  MaskKind mask_kind;
  bool mask_excludes;  // else filter_value is added to the scores of masked keys
  double filter_value;
  const int32_t* lengths;  // kMaskLengths: ends[batch]; kMaskStartEnd: ends, then starts
  ScoreView mask;          // kMaskValues: kept where above 0
  bool empty_rows_zero;    // else a row without a kept key is computed with the mask ignored

  ScoreView bias;  // data is null when there is none
  const char *q_bias, *k_bias, *v_bias;

  HeadNorm norm;
  Rotary rotary;

  int64_t past_length;          // the longest, when they differ
  const int32_t* past_lengths;  // [batch], or null: past_length
  HeadView past_key, past_value;
  HeadView present_key, present_value;  // data is null when not asked for

  const int32_t *cu_seqlens_q, *cu_seqlens_k;  // varlen, else null
  int64_t tokens_q, tokens_k;                  // varlen: tokens that the buffers hold

  SinkKind sink_kind;
  const float* sink;
  QkOutput qk_output;
  QkHidden qk_hidden;
  char* qk;
  float* lse;

  HeadView q, k, v, out;
  const int32_t* cancel;  // not null; looked at between tiles
};

}  // namespace attnkit::cpu
