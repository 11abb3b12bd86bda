#include "attention_case.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <random>

namespace attnkit::flash::test {

namespace {

// One after the other in an arena, with guards between.
class Placer {
 public:
  explicit Placer(Layout layout) : layout_(layout) {}

  // A tensor of `parts` tensors, side by side in each row.
  View place(int batch, int rows, int heads, int parts, int64_t d) {
    const int64_t at = cursor_;
    View view;
    if (layout_ == Layout::kBnsh) {
      view = {at, heads * rows * d, d, rows * d};
    } else if (layout_ == Layout::kGaps) {
      const int64_t row = (heads + 1) * (d + kGap);
      view = {at, (rows + 1) * row, row, d + kGap};
    } else {
      view = {at, rows * parts * heads * d, parts * heads * d, d};
    }
    const int64_t elements = layout_ == Layout::kGaps ? batch * view.batch_stride
                                                      : int64_t(batch) * rows * heads * parts * d;
    cursor_ += elements + kGuard;
    return view;
  }
  int64_t elements() const { return cursor_; }

 private:
  static constexpr int kGap = 8;  // the copy engine asks for strides of 16 bytes

  const Layout layout_;
  int64_t cursor_ = kGuard;
};

int clamped(int value, int most) { return std::max(0, std::min(value, most)); }

// Views of Q, K, V for a layout. A packed tensor holds its parts side by side in each row.
void place_inputs(const AttentionCase& c, CaseData& data) {
  const int rows_q = c.varlen ? int(data.total_q) : c.seqlen_q;
  const int rows_k = c.varlen ? int(data.total_k) : c.seqlen_k;
  const int batch = c.varlen ? 1 : c.batch;
  const auto part = [&](View view, int index) {
    view.offset += int64_t(index) * c.num_heads_kv * c.head_dim;
    return view;
  };
  const int d = c.head_dim;
  Placer placer(c.layout);
  if (c.layout == Layout::kBsn3h) {
    data.q = placer.place(batch, rows_q, c.num_heads, 3, d);
    data.k = part(data.q, 1);
    data.v = part(data.q, 2);
  } else {
    const bool packed = c.layout == Layout::kBsn2h;
    data.q = placer.place(batch, rows_q, c.num_heads, 1, d);
    data.k = placer.place(batch, rows_k, c.num_heads_kv, packed ? 2 : 1, d);
    data.v =
        packed ? part(data.k, 1) : placer.place(batch, rows_k, c.num_heads_kv, 1, c.value_dim());
  }
  data.input_elements = placer.elements();
  if (c.varlen) data.q.batch_stride = data.k.batch_stride = data.v.batch_stride = 0;
}

void place_outputs(const AttentionCase& c, CaseData& data) {
  const int64_t rows = c.varlen ? data.total_q : c.seqlen_q;
  const int64_t row = int64_t(c.num_heads) * c.value_dim();
  const int batch = c.varlen ? 1 : c.batch;
  data.o = {kGuard, c.varlen ? 0 : rows * row, row, c.value_dim()};
  data.output_elements = batch * rows * row + 2 * kGuard;
  data.lse_elements = batch * rows * c.num_heads;
}

void make_indices(const AttentionCase& c, CaseData& data, std::mt19937_64& random) {
  const auto draw = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  if (c.varlen) {
    data.cu_seqlens_q = {0};
    data.cu_seqlens_k = {0};
    // The first sequence is the longest; there are such without queries, and without keys.
    for (int b = 0; b < c.batch; ++b) {
      const int queries = b == 0 ? c.seqlen_q : b == 1 ? 0 : draw(0, c.seqlen_q);
      const int keys = b == 0 ? c.seqlen_k : b == 2 ? 0 : draw(0, c.seqlen_k);
      data.cu_seqlens_q.push_back(data.cu_seqlens_q.back() + queries);
      data.cu_seqlens_k.push_back(data.cu_seqlens_k.back() + keys);
    }
    if (c.layout == Layout::kBsn3h) data.cu_seqlens_k = data.cu_seqlens_q;
    data.total_q = data.cu_seqlens_q.back();
    data.total_k = data.cu_seqlens_k.back();
  }
  for (int b = 0; b < c.batch; ++b) {
    // Some that make no sense among them: the kernels clamp.
    if (c.new_keys > 0) data.past_seqlens.push_back(draw(-2, c.seqlen_k - c.new_keys + 2));
    if (c.key_lengths) data.key_lengths.push_back(draw(-2, c.seqlen_k + 2));
    const int length = data.keys_of(c, b);
    const int end = b == 1 ? 0 : draw(0, length);  // one batch entry has no key at all
    if (c.mask != Mask::kNone) data.key_ends.push_back(end);
    if (c.mask == Mask::kStartEnd) data.key_starts.push_back(draw(0, std::max(end, 1)));
    if (c.offset_per_batch) data.causal_offsets.push_back(draw(-c.seqlen_q / 2, c.seqlen_k));
  }
}

}  // namespace

float AttentionCase::softmax_scale() const {
  return scale != 0.0f ? scale : 1.0f / std::sqrt(float(head_dim));
}

std::string AttentionCase::describe() const {
  char text[500];
  static const char* const kLayouts[] = {"bsnh", "bnsh", "bsn2h", "bsn3h", "gaps"};
  static const char* const kMasks[] = {"none", "lengths", "start-end"};
  static const char* const kValues[] = {"normal", "integers", "equal", "huge"};
  std::snprintf(
      text, sizeof(text),
      "B%d Sq%d Sk%d N%d/%d d%d/%d %s %s causal=%d offset=%d%s window=%d,%d mask=%s ignore=%d "
      "varlen=%d lengths=%d new=%d scale=%g softcap=%g values=%s rise=%g hot=%d:%g exact=%d "
      "splits=%d%s%s seed=%llu",
      batch, seqlen_q, seqlen_k, num_heads, num_heads_kv, head_dim, value_dim(),
      bfloat16 ? "bf16" : "f16", kLayouts[int(layout)], causal, causal_offset,
      offset_per_batch ? "/batch" : "", window_left, window_right, kMasks[int(mask)],
      ignore_mask_in_empty_rows, varlen, key_lengths, new_keys, softmax_scale(), softcap,
      kValues[int(values)], rise, hot_key, hot_score, exact_softmax, splits,
      in_cluster ? "/cluster" : "", takes_tiles ? " takes-tiles" : "", (unsigned long long)seed);
  return text;
}

int64_t AttentionCase::workspace_bytes() const {
  if (splits == 1 || in_cluster) return 0;
  return int64_t(batch) * num_heads * seqlen_q * splits * (value_dim() + 1) * sizeof(float);
}

int AttentionCase::counters() const {
  constexpr int kFewestRows = 16;  // of a decode kernel's tile
  if (takes_tiles) return 1;
  if (splits == 1 || in_cluster) return 0;
  const int rows = seqlen_q * (num_heads / num_heads_kv);
  return batch * num_heads_kv * ((rows + kFewestRows - 1) / kFewestRows);
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

CaseData place_data(const AttentionCase& c) {
  std::mt19937_64 random(c.seed);
  CaseData data;
  make_indices(c, data, random);
  place_inputs(c, data);
  place_outputs(c, data);
  return data;
}

KeyInterval kept_keys(const AttentionCase& c, const CaseData& data, int batch) {
  const int length = data.keys_of(c, batch);
  return {data.key_starts.empty() ? 0 : data.key_starts[batch],
          data.key_ends.empty() ? length : data.key_ends[batch]};
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
