// A problem for the test program, and its tensors on the host: 16-bit patterns in one arena each,
// with guard bands of NaN around what the kernel may touch.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "params.h"

namespace attnkit::flash::test {

// kGaps: bsnh with NaN between the heads, behind each row's heads and behind each batch entry.
enum class Layout { kBsnh, kBnsh, kBsn2h, kBsn3h, kGaps };
enum class Mask { kNone, kLengths, kStartEnd };
enum class Values {
  kNormal,
  kIntegers,  // scores and sums of values are exact
  kEqual,     // all scores are the same and values are integers: nothing is rounded but the result
  kHuge,      // exact scores of +-10,000 and a little
};

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
  Values values = Values::kNormal;
  // By how much more than its neighbours' a key's score is, before exp(): it rises from the first
  // key to the last, and one key stands out.
  float rise = 0.0f;
  int hot_key = -1;
  float hot_score = 0.0f;
  bool exact_softmax = true;
  int splits = 1;  // of the decode kernels
  bool in_cluster = false;
  bool takes_tiles = false;  // of the Hopper kernels: thread blocks do when they get free
  uint64_t seed = 1;

  float softmax_scale() const;
  int value_dim() const { return head_dim_v != 0 ? head_dim_v : head_dim; }
  std::string describe() const;
  int64_t workspace_bytes() const;
  int counters() const;
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
  std::vector<uint16_t> input;  // Q, K and V; empty in place_data()
  int64_t input_elements = 0;
  int64_t output_elements = 0;
  int64_t lse_elements = 0;
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

constexpr uint16_t kNan = 0xffff;  // in both formats
constexpr int64_t kGuard = 1024;   // elements before, between and behind tensors

// Index tensors, sizes and views, without values.
CaseData place_data(const AttentionCase& c);

// The keys that a query sees, after the rule for rows in which the mask leaves none.
struct KeyInterval {
  int begin;
  int end;
};
KeyInterval visible_keys(const AttentionCase& c, const CaseData& data, int batch, int query);

// The keys that the mask keeps; they may end behind the last.
KeyInterval kept_keys(const AttentionCase& c, const CaseData& data, int batch);

// Parameters for tensors on the device; the pointers are those of the arenas.
FlashParams make_params(const AttentionCase& c, const CaseData& data, const uint16_t* input,
                        uint16_t* output, float* softmax_lse, const int32_t* indices);
// All index tensors one after the other, as make_params() expects them.
std::vector<int32_t> pack_indices(const CaseData& data);

}  // namespace attnkit::flash::test
