#include "attention_case.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>

namespace attnkit::flash::test {

namespace {

constexpr int64_t kGuard = 1024;   // elements
constexpr uint16_t kNan = 0xffff;  // NaN in both formats

struct Shape {
  int batch, rows, heads;
  int64_t elements(int dim) const { return int64_t(batch) * rows * heads * dim; }
};

int clamped(int value, int most) { return std::max(0, std::min(value, most)); }

// Views of Q, K, V for a layout. A packed tensor holds its parts side by side in each row.
void place_inputs(const AttentionCase& c, CaseData& data) {
  const int rows_q = c.varlen ? int(data.total_q) : c.seqlen_q;
  const int rows_k = c.varlen ? int(data.total_k) : c.seqlen_k;
  const int batch = c.varlen ? 1 : c.batch;
  int64_t cursor = kGuard;
  const auto place = [&](int rows, int heads, int parts, int d) {
    View view;
    view.offset = cursor;
    if (c.layout == Layout::kBnsh) {
      view = {cursor, int64_t(heads) * rows * d, d, int64_t(rows) * d};
    } else {
      const int64_t row = int64_t(parts) * heads * d;
      view = {cursor, rows * row, row, d};
    }
    cursor += Shape{batch, rows, heads * parts}.elements(d) + kGuard;
    return view;
  };
  const auto part = [&](View view, int index) {
    view.offset += int64_t(index) * c.num_heads_kv * c.head_dim;
    return view;
  };
  if (c.layout == Layout::kBsn3h) {
    data.q = place(rows_q, c.num_heads, 3, c.head_dim);
    data.k = part(data.q, 1);
    data.v = part(data.q, 2);
  } else {
    data.q = place(rows_q, c.num_heads, 1, c.head_dim);
    const bool packed = c.layout == Layout::kBsn2h;
    data.k = place(rows_k, c.num_heads_kv, packed ? 2 : 1, c.head_dim);
    data.v = packed ? part(data.k, 1) : place(rows_k, c.num_heads_kv, 1, c.value_dim());
  }
  data.input.assign(cursor, kNan);
  if (c.varlen) data.q.batch_stride = data.k.batch_stride = data.v.batch_stride = 0;
}

void make_indices(const AttentionCase& c, CaseData& data, std::mt19937_64& random) {
  const auto draw = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  if (c.varlen) {
    data.cu_seqlens_q = {0};
    data.cu_seqlens_k = {0};
    for (int b = 0; b < c.batch; ++b) {
      data.cu_seqlens_q.push_back(data.cu_seqlens_q.back() +
                                  (b == 0 ? c.seqlen_q : draw(0, c.seqlen_q)));
      data.cu_seqlens_k.push_back(data.cu_seqlens_k.back() +
                                  (b == 0 ? c.seqlen_k : draw(0, c.seqlen_k)));
    }
    data.total_q = data.cu_seqlens_q.back();
    data.total_k = data.cu_seqlens_k.back();
  }
  for (int b = 0; b < c.batch; ++b) {
    // Some that make no sense among them: the kernels clamp.
    if (c.new_keys > 0) data.past_seqlens.push_back(draw(-2, c.seqlen_k - c.new_keys + 2));
    if (c.key_lengths) data.key_lengths.push_back(draw(-2, c.seqlen_k + 2));
    const int length = data.keys_of(c, b);
    const int end = draw(0, length);
    if (c.mask != Mask::kNone) data.key_ends.push_back(end);
    if (c.mask == Mask::kStartEnd) data.key_starts.push_back(draw(0, std::max(end, 1)));
    if (c.offset_per_batch) data.causal_offsets.push_back(draw(-c.seqlen_q / 2, c.seqlen_k));
  }
}

// Fills the rows of one tensor; where `hidden(batch, row)`, with NaN.
template <typename Hidden>
void fill(const AttentionCase& c, CaseData& data, const View& view, int heads, int dim, bool keys,
          std::mt19937_64& random, Hidden hidden) {
  std::normal_distribution<float> normal(0.0f, c.magnitude);
  for (int b = 0; b < c.batch; ++b) {
    const int rows = keys ? data.keys_of(c, b) : data.queries_of(c, b);
    const int64_t first = keys ? data.first_key(b) : data.first_query(b);
    for (int row = 0; row < rows; ++row) {
      for (int head = 0; head < heads; ++head) {
        uint16_t* const out = data.input.data() + view.at(b, first + row, head);
        for (int i = 0; i < dim; ++i) {
          float value = normal(random);
          if (c.rise != 0.0f && i == 0) {
            value = keys ? c.rise / c.softmax_scale() * float(row) / float(rows) : 1.0f;
          }
          out[i] = hidden(b, row) ? kNan : encode(value, c.bfloat16);
        }
      }
    }
  }
}

KeyInterval kept_keys(const AttentionCase& c, const CaseData& data, int batch) {
  const int length = data.keys_of(c, batch);
  return {data.key_starts.empty() ? 0 : data.key_starts[batch],
          data.key_ends.empty() ? length : data.key_ends[batch]};
}

}  // namespace

float AttentionCase::softmax_scale() const {
  return scale != 0.0f ? scale : 1.0f / std::sqrt(float(head_dim));
}

std::string AttentionCase::describe() const {
  char text[440];
  static const char* const kLayouts[] = {"bsnh", "bnsh", "bsn2h", "bsn3h"};
  static const char* const kMasks[] = {"none", "lengths", "start-end"};
  std::snprintf(
      text, sizeof(text),
      "B%d Sq%d Sk%d N%d/%d d%d/%d %s %s causal=%d offset=%d%s window=%d,%d mask=%s ignore=%d "
      "varlen=%d lengths=%d new=%d scale=%g softcap=%g rise=%g exact=%d splits=%d%s seed=%llu",
      batch, seqlen_q, seqlen_k, num_heads, num_heads_kv, head_dim, value_dim(),
      bfloat16 ? "bf16" : "f16", kLayouts[int(layout)], causal, causal_offset,
      offset_per_batch ? "/batch" : "", window_left, window_right, kMasks[int(mask)],
      ignore_mask_in_empty_rows, varlen, key_lengths, new_keys, softmax_scale(), softcap, rise,
      exact_softmax, splits, in_cluster ? "/cluster" : "", (unsigned long long)seed);
  return text;
}

int64_t AttentionCase::partial_floats() const {
  return int64_t(batch) * num_heads * seqlen_q * splits * (value_dim() + 1);
}

int CaseData::queries_of(const AttentionCase& c, int batch) const {
  return c.varlen ? cu_seqlens_q[batch + 1] - cu_seqlens_q[batch] : c.seqlen_q;
}

int CaseData::keys_of(const AttentionCase& c, int batch) const {
  if (c.varlen) return cu_seqlens_k[batch + 1] - cu_seqlens_k[batch];
  int length = c.seqlen_k;
  if (!past_seqlens.empty())
    length = clamped(past_seqlens[batch], length - c.new_keys) + c.new_keys;
  return key_lengths.empty() ? length : clamped(key_lengths[batch], length);
}

int64_t CaseData::first_query(int batch) const {
  return cu_seqlens_q.empty() ? 0 : cu_seqlens_q[batch];
}

int64_t CaseData::first_key(int batch) const {
  return cu_seqlens_k.empty() ? 0 : cu_seqlens_k[batch];
}

int64_t CaseData::lse_at(const AttentionCase& c, int batch, int head, int query) const {
  return c.varlen ? head * total_q + first_query(batch) + query
                  : (int64_t(batch) * c.num_heads + head) * c.seqlen_q + query;
}

float decode(uint16_t bits, bool bfloat16) {
  if (bfloat16) {
    const uint32_t wide = uint32_t(bits) << 16;
    float value;
    std::memcpy(&value, &wide, sizeof(value));
    return value;
  }
  __half_raw raw;
  raw.x = bits;
  return __half2float(__half(raw));
}

uint16_t encode(float value, bool bfloat16) {
  if (bfloat16) return __nv_bfloat16_raw(__float2bfloat16(value)).x;
  return __half_raw(__float2half(value)).x;
}

CaseData make_data(const AttentionCase& c) {
  std::mt19937_64 random(c.seed);
  CaseData data;
  make_indices(c, data, random);
  place_inputs(c, data);
  const int rows_q = c.varlen ? int(data.total_q) : c.seqlen_q;
  const int64_t row = int64_t(c.num_heads) * c.value_dim();
  data.o = {kGuard, c.varlen ? 0 : rows_q * row, row, c.value_dim()};
  data.output.assign((c.varlen ? 1 : c.batch) * rows_q * row + 2 * kGuard, kNan);
  data.softmax_lse.assign(int64_t(c.varlen ? 1 : c.batch) * c.num_heads * rows_q,
                          std::numeric_limits<float>::quiet_NaN());

  // Keys that no row may see hold NaN; with the rule for empty rows that is so only where a row
  // that ignores the mask cannot be.
  std::vector<std::vector<bool>> seen(c.batch);
  for (int b = 0; b < c.batch; ++b) {
    const KeyInterval kept = kept_keys(c, data, b);
    seen[b].assign(data.keys_of(c, b), false);
    for (int j = kept.begin; j < std::min(kept.end, data.keys_of(c, b)); ++j) seen[b][j] = true;
    for (int i = 0; i < data.queries_of(c, b); ++i) {
      const KeyInterval keys = visible_keys(c, data, b, i);
      for (int j = keys.begin; j < keys.end; ++j) seen[b][j] = true;
    }
  }
  const auto hidden = [&](int b, int row_k) { return !seen[b][row_k]; };
  fill(c, data, data.q, c.num_heads, c.head_dim, false, random, [](int, int) { return false; });
  fill(c, data, data.k, c.num_heads_kv, c.head_dim, true, random, hidden);
  fill(c, data, data.v, c.num_heads_kv, c.value_dim(), true, random, hidden);
  return data;
}

KeyInterval visible_keys(const AttentionCase& c, const CaseData& data, int batch, int query) {
  const int length = data.keys_of(c, batch);
  const int offset = data.causal_offsets.empty() ? c.causal_offset : data.causal_offsets[batch];
  KeyInterval band{0, length};
  if (c.window_left >= 0) band.begin = std::max(band.begin, query + offset - c.window_left);
  if (c.causal) band.end = std::min(band.end, query + offset + 1);
  if (!c.causal && c.window_right >= 0) {
    band.end = std::min(band.end, query + offset + c.window_right + 1);
  }
  const KeyInterval kept = kept_keys(c, data, batch);
  const KeyInterval both{std::max(band.begin, kept.begin), std::min(band.end, kept.end)};
  if (both.begin < both.end) return both;
  if (c.ignore_mask_in_empty_rows && band.begin < band.end) return band;
  return {0, 0};
}

double reference_row(const AttentionCase& c, const CaseData& data, int batch, int query, int head,
                     double* output) {
  const int d = c.value_dim();
  const int head_kv = head / (c.num_heads / c.num_heads_kv);
  const KeyInterval keys = visible_keys(c, data, batch, query);
  const uint16_t* const q =
      data.input.data() + data.q.at(batch, data.first_query(batch) + query, head);
  std::vector<double> scores(std::max(0, keys.end - keys.begin));
  double largest = -std::numeric_limits<double>::infinity();
  for (int j = keys.begin; j < keys.end; ++j) {
    const uint16_t* const k =
        data.input.data() + data.k.at(batch, data.first_key(batch) + j, head_kv);
    double score = 0;
    for (int i = 0; i < c.head_dim; ++i) {
      score += double(decode(q[i], c.bfloat16)) * decode(k[i], c.bfloat16);
    }
    score *= c.softmax_scale();
    if (c.softcap != 0.0f) score = c.softcap * std::tanh(score / c.softcap);
    scores[j - keys.begin] = score;
    largest = std::max(largest, score);
  }
  std::fill(output, output + d, 0.0);
  double sum = 0;
  for (int j = keys.begin; j < keys.end; ++j) {
    const double p = std::exp(scores[j - keys.begin] - largest);
    const uint16_t* const v =
        data.input.data() + data.v.at(batch, data.first_key(batch) + j, head_kv);
    for (int i = 0; i < d; ++i) output[i] += p * decode(v[i], c.bfloat16);
    sum += p;
  }
  if (sum == 0) return -std::numeric_limits<double>::infinity();
  for (int i = 0; i < d; ++i) output[i] /= sum;
  return largest + std::log(sum);
}

std::vector<int32_t> pack_indices(const CaseData& data) {
  std::vector<int32_t> all;
  for (const auto* part : {&data.cu_seqlens_q, &data.cu_seqlens_k, &data.key_starts, &data.key_ends,
                           &data.causal_offsets, &data.key_lengths, &data.past_seqlens}) {
    all.insert(all.end(), part->begin(), part->end());
  }
  return all;
}

FlashParams make_params(const AttentionCase& c, const CaseData& data, const uint16_t* input,
                        uint16_t* output, float* softmax_lse, const int32_t* indices) {
  constexpr float kLog2e = 1.44269504088896340736f;
  const auto tensor = [](const void* base, const View& view, int64_t total) {
    return HeadTensor{reinterpret_cast<uint64_t>(base) + view.offset * 2, view.batch_stride * 2,
                      view.head_stride * 2, int32_t(view.row_stride * 2), int32_t(total)};
  };
  FlashParams params{};
  params.q = tensor(input, data.q, data.total_q);
  params.k = tensor(input, data.k, data.total_k);
  params.v = tensor(input, data.v, data.total_k);
  params.o = tensor(output, data.o, data.total_q);
  params.softmax_lse = reinterpret_cast<uint64_t>(softmax_lse);
  const int32_t* cursor = indices;
  const auto next = [&](const std::vector<int32_t>& part) {
    const uint64_t address = part.empty() ? 0 : reinterpret_cast<uint64_t>(cursor);
    cursor += part.size();
    return address;
  };
  params.cu_seqlens_q = next(data.cu_seqlens_q);
  params.cu_seqlens_k = next(data.cu_seqlens_k);
  params.key_starts = next(data.key_starts);
  params.key_ends = next(data.key_ends);
  params.causal_offsets = next(data.causal_offsets);
  params.key_lengths = next(data.key_lengths);
  params.past_seqlens = next(data.past_seqlens);
  params.new_keys = c.new_keys;
  params.lse_head_stride = int32_t(data.total_q);
  params.batch = c.batch;
  params.seqlen_q = c.seqlen_q;
  params.seqlen_k = c.seqlen_k;
  params.num_heads = c.num_heads;
  params.heads_per_kv = c.num_heads / c.num_heads_kv;
  params.head_dim = c.head_dim;
  params.head_dim_v = c.value_dim();
  params.causal_offset = c.causal_offset;
  params.window_left = c.window_left;
  params.window_right = c.window_right;
  const float magnitude = std::fabs(c.softmax_scale());
  params.scale_log2 = (c.softcap != 0.0f ? c.softcap : magnitude) * kLog2e;
  params.softcap_scale = c.softcap != 0.0f ? 2.0f * kLog2e * magnitude / c.softcap : 0.0f;
  params.flags = (c.causal ? kCausal : 0u) | (c.softmax_scale() < 0 ? kNegateQueries : 0u) |
                 (c.ignore_mask_in_empty_rows ? kIgnoreMaskInEmptyRows : 0u) |
                 (c.exact_softmax ? kExactSoftmax : 0u) | (c.in_cluster ? kSplitsInCluster : 0u);
  params.num_splits = c.splits;
  return params;
}

}  // namespace attnkit::flash::test
