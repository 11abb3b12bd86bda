// A problem for the test program, and its tensors on the host: 16-bit patterns in one arena each,
// with guard bands of NaN around what the kernel may touch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "params.h"

namespace attnkit::flash::test {

enum class Layout { kBsnh, kBnsh, kBsn2h, kBsn3h };
enum class Mask { kNone, kLengths, kStartEnd };

struct AttentionCase {
  int batch = 1;
  int seqlen_q = 64;
  int seqlen_k = 64;
  int num_heads = 1;
  int num_heads_kv = 1;
  int head_dim = 64;
  int head_dim_v = 0;  // 0: as head_dim
  bool bfloat16 = false;
  bool causal = false;
  bool offset_per_batch = false;
  int causal_offset = 0;
  int window_left = -1;
  int window_right = -1;
  Mask mask = Mask::kNone;
  bool ignore_mask_in_empty_rows = false;
  bool varlen = false;
  bool key_lengths = false;  // per batch entry
  int new_keys = 0;          // above 0: they follow a past of another length for each batch entry
  Layout layout = Layout::kBsnh;
  float scale = 0.0f;  // 0: 1 / sqrt(head_dim)
  float softcap = 0.0f;
  float magnitude = 1.0f;  // standard deviation of the inputs
  float rise = 0.0f;       // by which scores rise from the first key to the last
  bool exact_softmax = true;
  int splits = 1;  // of the decode kernels
  bool in_cluster = false;
  uint64_t seed = 1;

  float softmax_scale() const;
  int value_dim() const { return head_dim_v != 0 ? head_dim_v : head_dim; }
  std::string describe() const;
  int64_t partial_floats() const;  // of the workspace of the splits
};

// Where row (batch, token, head) of one tensor is, in elements from the start of its buffer.
struct View {
  int64_t offset = 0;
  int64_t batch_stride = 0;
  int64_t row_stride = 0;
  int64_t head_stride = 0;

  int64_t at(int batch, int64_t token, int head) const {
    return offset + batch * batch_stride + token * row_stride + head * head_stride;
  }
};

struct CaseData {
  std::vector<uint16_t> input;  // Q, K and V
  std::vector<uint16_t> output;
  std::vector<float> softmax_lse;
  View q, k, v, o;
  std::vector<int32_t> cu_seqlens_q, cu_seqlens_k, key_starts, key_ends, causal_offsets,
      key_lengths, past_seqlens;
  int64_t total_q = 0;
  int64_t total_k = 0;

  int queries_of(const AttentionCase& c, int batch) const;
  int keys_of(const AttentionCase& c, int batch) const;
  int64_t first_query(int batch) const;
  int64_t first_key(int batch) const;
  int64_t lse_at(const AttentionCase& c, int batch, int head, int query) const;
};

CaseData make_data(const AttentionCase& c);

float decode(uint16_t bits, bool bfloat16);
uint16_t encode(float value, bool bfloat16);

// The keys that a query sees, after the rule for rows in which the mask leaves none.
struct KeyInterval {
  int begin;
  int end;
};
KeyInterval visible_keys(const AttentionCase& c, const CaseData& data, int batch, int query);

// Output row (value_dim() values) and log-sum-exp of one query, in float64.
double reference_row(const AttentionCase& c, const CaseData& data, int batch, int query, int head,
                     double* output);

// Parameters for tensors on the device; the pointers are those of the arenas.
FlashParams make_params(const AttentionCase& c, const CaseData& data, const uint16_t* input,
                        uint16_t* output, float* softmax_lse, const int32_t* indices);
// All index tensors one after the other, as make_params() expects them.
std::vector<int32_t> pack_indices(const CaseData& data);

}  // namespace attnkit::flash::test
