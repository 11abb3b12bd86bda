#include "float64_row.h"

#include <algorithm>
#include <cfloat>
#include <cmath>

#include "element_reader.h"

namespace attnkit::cpu {
namespace {

double lowest(int32_t dtype) {
  switch (dtype) {
    case kFloat32:
      return -FLT_MAX;
    case kFloat64:
      return -DBL_MAX;
    case kFloat16:
      return -65504;
    default:
      return -0x1.fep127;
  }
}

// The mask and the attention bias of one row.
class RowView {
 public:
  RowView(const Problem& p, const Float64Row& row)
      : p_(p),
        batch_(row.batch),
        mask_(start(p.mask, row)),
        bias_(start(p.bias, row)),
        lowest_bias_(lowest(p.bias.dtype)) {}

  bool masks(int64_t key) const {
    switch (p_.mask_kind) {
      case kMaskNone:
        return false;
      case kMaskValues:
        return !mask_keeps(p_.mask.data, mask_ + key, p_.mask.dtype);
      case kMaskLengths:
        return key >= p_.lengths[batch_];
      default:
        return key >= p_.lengths[batch_] || key < p_.lengths[p_.batch + batch_];
    }
  }
  bool excludes(int64_t key) const {
    return (p_.mask_excludes && masks(key)) || (p_.empty_rows_zero && bias(key) <= lowest_bias_);
  }
  // A score with the bias and a mask that adds. A bias of -inf hides even a NaN.
  double biased(double score, int64_t key) const {
    const double addition = bias(key);
    if (addition == -INFINITY) return addition;
    const double added = !p_.mask_excludes && masks(key) ? p_.filter_value : 0;
    return score + addition + added;
  }

 private:
  static int64_t start(const ScoreView& view, const Float64Row& row) {
    return row.batch * view.batch_stride + row.head * view.head_stride +
           row.query * view.row_stride;
  }
  double bias(int64_t key) const {
    return p_.bias.data ? read_element(p_.bias.data, bias_ + key, p_.bias.dtype) : 0;
  }
  const Problem& p_;
  int64_t batch_, mask_, bias_;
  double lowest_bias_;
};

double hidden_value(const Problem& p) {
  if (p.qk_hidden == kHiddenZero) return 0;
  return p.qk_hidden == kHiddenLowest ? lowest(p.dtype) : -INFINITY;
}

double shown_score(const Problem& p, const RowView& view, int64_t key, double scaled,
                   double capped) {
  if (p.qk_output == kQkScaled) return scaled;
  if (p.qk_output == kQkSoftcapped) return capped;
  const double score = view.biased(capped, key);
  if (!view.excludes(key)) return score;
  return p.filter_value == -INFINITY ? p.filter_value : score + p.filter_value;
}

bool keeps_any(const RowView& view, KeyRange range) {
  for (int64_t key = range.begin; key < range.end; key++) {
    if (!view.excludes(key)) return true;
  }
  return false;
}

// Scores of the keys in `range` become weights; returns the log-sum-exp.
double softmax(double* scores, KeyRange range, double sink) {
  double largest = -INFINITY;
  bool any = false;
  for (int64_t key = range.begin; key < range.end; key++) {
    if (scores[key] == -INFINITY) continue;
    largest = std::isnan(scores[key]) ? scores[key] : std::max(largest, scores[key]);
    any = true;
  }
  if (!any) {
    std::fill(scores + range.begin, scores + range.end, kHiddenWeight);
    return -INFINITY;
  }
  largest = std::max(largest, sink);
  double sum = std::exp(sink - largest);
  for (int64_t key = range.begin; key < range.end; key++) {
    const bool hidden = scores[key] == -INFINITY;
    scores[key] = hidden ? kHiddenWeight : std::exp(scores[key] - largest);
    if (!hidden) sum += scores[key];
  }
  for (int64_t key = range.begin; key < range.end; key++) {
    if (scores[key] != kHiddenWeight) scores[key] /= sum;
  }
  return largest + std::log(sum);
}

}  // namespace

SequenceSpan sequence_span(const Problem& p, int64_t batch) {
  if (!p.cu_seqlens_q) {
    const int64_t past = p.past_lengths
                             ? std::clamp<int64_t>(p.past_lengths[batch], 0, p.past_length)
                             : p.past_length;
    return {0, p.seqlen_q, 0, past + p.seqlen_k - p.past_length, past};
  }
  const auto span = [batch](const int32_t* starts, int64_t tokens, int64_t longest) {
    const int64_t first = std::clamp<int64_t>(starts[batch], 0, tokens);
    const int64_t most = std::min(longest, tokens - first);
    return KeyRange{first, std::clamp<int64_t>(starts[batch + 1] - first, 0, most)};
  };
  const KeyRange q = span(p.cu_seqlens_q, p.tokens_q, p.seqlen_q);
  const KeyRange k = span(p.cu_seqlens_k, p.tokens_k, p.seqlen_k);
  return {q.begin, q.end, k.begin, k.end, 0};
}

KeyRange visible_keys(const Problem& p, const Float64Row& row, int64_t length_k) {
  const int64_t offset = p.causal_offsets ? p.causal_offsets[row.batch] : p.causal_offset;
  const int64_t diagonal = row.query + offset;
  const int64_t open = p.key_lengths ? p.key_lengths[row.batch] : p.key_length;
  const int64_t keys = std::clamp<int64_t>(open, 0, length_k);
  int64_t last = keys - 1;
  if (p.causal) {
    last = diagonal;
  } else if (p.window_right >= 0) {
    last = diagonal + p.window_right;
  }
  const int64_t end = std::clamp<int64_t>(last + 1, 0, keys);
  const int64_t first = p.window_left < 0 ? 0 : std::max<int64_t>(diagonal - p.window_left, 0);
  return {std::min(first, end), end};
}

double weigh_scores(const Problem& p, const Float64Row& row, int64_t length_k, KeyRange range,
                    double* scores, double* shown) {
  const RowView view(p, row);
  const bool ignores = !p.empty_rows_zero && !keeps_any(view, range);
  const bool covers = p.qk_output == kQkBiased || p.qk_hidden == kHiddenZero;
  for (int64_t key = 0; key < length_k; key++) {
    const bool inside = key >= range.begin && key < range.end;
    const double scaled = scores[key];
    const double capped = p.softcap == 0 ? scaled : p.softcap * std::tanh(scaled / p.softcap);
    if (shown) {
      shown[key] = !inside && covers ? hidden_value(p) : shown_score(p, view, key, scaled, capped);
    }
    const bool hidden = !inside || (!ignores && view.excludes(key));
    scores[key] = hidden ? -INFINITY : view.biased(capped, key);
  }
  double sink = p.sink_kind == kSinkZero ? 0 : -INFINITY;
  if (p.sink_kind == kSinkPerHead) sink = p.sink[row.head];
  const double log_sum = softmax(scores, {0, length_k}, sink);
  if (!shown) return log_sum;
  const bool shows_weights = p.qk_output == kQkProbabilities;
  for (int64_t key = 0; shows_weights && key < length_k; key++) {
    shown[key] = std::max(scores[key], 0.0);
  }
  std::fill(shown + length_k, shown + p.seqlen_k, shows_weights ? 0.0 : hidden_value(p));
  return log_sum;
}

}  // namespace attnkit::cpu
