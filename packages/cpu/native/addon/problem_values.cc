#include "problem_values.h"

#include <cmath>

namespace attnkit::cpu {
namespace {

constexpr double kMaxSize = 2147483647.0;
constexpr double kMaxOffset = 9007199254740991.0;

class Reader {
 public:
  Reader(const double* values, size_t count) : values_(values), count_(count) {}

  double number() {
    if (at_ == count_) fail("invalid-argument", "the problem has too few numbers");
    return values_[at_++];
  }
  int64_t integer(double least, double most) {
    const double x = number();
    if (!(x >= least && x <= most) || x != std::floor(x)) {
      fail("invalid-argument", "number " + std::to_string(at_ - 1) + " of the problem is " +
                                   std::to_string(x) + ", which is out of its range");
    }
    return static_cast<int64_t>(x);
  }
  int64_t size(double least = 0) { return integer(least, kMaxSize); }
  int64_t offset() { return integer(0, kMaxOffset); }
  bool flag() { return integer(0, 1) != 0; }
  template <class T>
  T choice(T last) {
    return static_cast<T>(integer(0, last));
  }
  HeadNumbers head() { return {offset(), offset(), offset(), offset()}; }
  ScoreNumbers score() { return {choice<int32_t>(kUint8), offset(), offset(), offset(), offset()}; }
  void end() const {
    if (at_ != count_) fail("invalid-argument", "the problem has too many numbers");
  }

 private:
  const double* values_;
  size_t count_, at_ = 0;
};

void read_sizes(Reader& r, Problem& p) {
  p.dtype = p.qk_dtype = r.choice<int32_t>(kFloat64);
  p.batch = r.size();
  p.seqlen_q = r.size();
  p.seqlen_k = r.size();
  p.heads = r.size(1);
  p.heads_kv = r.size(1);
  p.head_dim = r.size(1);
  p.head_dim_v = r.size(1);
  if (p.heads % p.heads_kv != 0) fail("invalid-argument", "heads is no multiple of heads_kv");
}

void read_visibility(Reader& r, ProblemValues& v) {
  Problem& p = v.problem;
  p.scale = r.number();
  p.softcap = r.number();
  p.causal = r.flag();
  v.causal_per_batch = r.flag();
  p.causal_offset = r.integer(-kMaxSize - 1, kMaxSize);
  p.window_left = r.size(-1);
  p.window_right = r.size(-1);
  v.key_lengths_per_batch = r.flag();
  p.key_length = r.size();
}

void read_mask(Reader& r, ProblemValues& v) {
  Problem& p = v.problem;
  p.mask_kind = r.choice(kMaskValues);
  v.has_mask_view = p.mask_kind == kMaskValues;
  v.mask = r.score();
  p.filter_value = r.number();
  p.mask_excludes = p.mask_kind != kMaskNone && r.flag();
  p.empty_rows_zero = r.flag();
  v.has_bias = r.flag();
  v.bias = r.score();
  const auto is_index = [](int32_t dtype) { return dtype >= kInt32; };
  if (v.has_mask_view && !is_index(v.mask.dtype)) fail("invalid-argument", "mask is not integer");
  if (v.has_bias && is_index(v.bias.dtype)) fail("invalid-argument", "attentionBias is not float");
}

void read_cache(Reader& r, ProblemValues& v) {
  Problem& p = v.problem;
  v.q_bias = r.flag();
  v.k_bias = r.flag();
  v.v_bias = r.flag();
  if ((v.q_bias || v.k_bias || v.v_bias) && p.heads != p.heads_kv) {
    fail("invalid-argument", "a projection bias needs as many key heads as heads");
  }
  v.has_past = r.flag();
  p.past_length = r.integer(0, v.has_past ? static_cast<double>(p.seqlen_k) : 0);
  v.past_rows = r.integer(static_cast<double>(p.past_length), kMaxSize);
  v.past_per_batch = r.flag() && v.has_past;
  v.present = r.flag();
  v.present_rows = r.integer(v.present ? static_cast<double>(p.seqlen_k) : 0, kMaxSize);
  v.cache_stacked = r.flag();
  if (v.cache_stacked && p.head_dim != p.head_dim_v) {
    fail("invalid-argument", "a stacked cache needs keys and values of one size");
  }
}

// Pair c turns by base^(-2c / dim) from one position to the next.
std::vector<double> rotary_frequencies(int64_t dim, double base) {
  std::vector<double> frequencies(static_cast<size_t>(dim / 2));
  for (size_t c = 0; c < frequencies.size(); c++) {
    frequencies[c] = std::pow(base, -2.0 * static_cast<double>(c) / static_cast<double>(dim));
  }
  return frequencies;
}

void read_embeddings(Reader& r, ProblemValues& v) {
  Problem& p = v.problem;
  v.has_norm = r.flag();
  p.norm.epsilon = r.number();
  p.rotary.dim = r.integer(0, static_cast<double>(p.head_dim));
  p.rotary.interleaved = r.flag();
  v.has_rotary_tables = r.flag() && p.rotary.dim > 0;
  const double base = r.number();
  p.rotary.table_rows = r.size();
  v.has_positions = r.flag() && p.rotary.dim > 0;
  if (p.rotary.dim % 2 != 0) fail("invalid-argument", "the rotary dim is odd");
  if (v.has_rotary_tables || p.rotary.dim == 0) return;
  if (!(base > 0) || !std::isfinite(base))
    fail("invalid-argument", "the rotary base is not above 0");
  v.frequencies = rotary_frequencies(p.rotary.dim, base);
}

}  // namespace

ProblemValues read_problem(const double* values, size_t count) {
  Reader r(values, count);
  ProblemValues v{};
  Problem& p = v.problem;
  read_sizes(r, p);
  read_visibility(r, v);
  read_mask(r, v);
  read_cache(r, v);
  read_embeddings(r, v);
  v.varlen = r.flag();
  p.sink_kind = r.choice(kSinkPerHead);
  p.qk_output = r.choice(kQkProbabilities);
  p.qk_hidden = r.choice(kHiddenZero);
  v.lse = r.flag();
  v.q = r.head();
  v.k = r.head();
  v.v = r.head();
  v.out = r.head();
  r.end();
  if (v.varlen && (v.has_past || v.present || p.qk_output != kQkNone)) {
    fail("invalid-argument", "varlen goes with neither past, present nor qk");
  }
  if (v.varlen && (v.key_lengths_per_batch || v.has_positions)) {
    fail("invalid-argument", "varlen goes with neither key lengths nor positions");
  }
  return v;
}

}  // namespace attnkit::cpu
