#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <random>

#include "cases.h"

namespace attnkit::flash::test {

namespace {

class Draws {
 public:
  Draws(uint64_t seed, int number) : random_(seed * 0x9e3779b97f4a7c15 + number) {}

  int between(int low, int high) { return std::uniform_int_distribution<int>(low, high)(random_); }
  bool once_in(int times) { return between(1, times) == 1; }
  // Up to 2^bits, short ones as often as long ones.
  int length(int bits) {
    return int(std::exp2(std::uniform_real_distribution<>(0, bits)(random_)));
  }
  template <typename T, size_t n>
  T pick(const T (&choices)[n]) {
    return choices[between(0, int(n) - 1)];
  }
  uint64_t seed() { return random_(); }

 private:
  std::mt19937_64 random_;
};

void draw_sizes(Draws& draws, AttentionCase& c, int length_bits) {
  c.batch = draws.between(1, 4);
  c.seqlen_q = draws.length(length_bits);
  c.seqlen_k = draws.length(length_bits);
  c.num_heads_kv = draws.between(1, 3);
  c.num_heads = c.num_heads_kv * draws.between(1, 3);
  c.head_dim = draws.once_in(2) ? draws.pick({16, 32, 40, 64, 80, 96, 128, 160, 192, 256})
                                : 8 * draws.between(1, 32);
  if (draws.once_in(4)) c.head_dim_v = 8 * draws.between(1, 32);
  c.bfloat16 = draws.once_in(2);
}

// Few queries of many heads: what the decode kernels are for.
void draw_short_sizes(Draws& draws, AttentionCase& c) {
  draw_sizes(draws, c, 12);
  c.seqlen_q = draws.between(1, 6);
  c.num_heads_kv = draws.between(1, 2);
  c.num_heads = c.num_heads_kv * draws.between(1, 20);
}

void draw_features(Draws& draws, AttentionCase& c) {
  c.causal = draws.once_in(2);
  c.causal_offset = draws.once_in(2) ? draws.between(-c.seqlen_q, c.seqlen_k) : 0;
  c.offset_per_batch = draws.once_in(4);
  if (draws.once_in(3)) c.window_left = draws.between(0, c.seqlen_k);
  if (!c.causal && draws.once_in(3)) c.window_right = draws.between(0, c.seqlen_k);
  c.mask = draws.pick({Mask::kNone, Mask::kLengths, Mask::kStartEnd});
  c.ignore_mask_in_empty_rows = draws.once_in(2);
  c.varlen = draws.once_in(3);
  if (!c.varlen) c.layout = draws.pick({Layout::kBsnh, Layout::kBnsh, Layout::kGaps});
  if (c.value_dim() == c.head_dim && draws.once_in(4)) c.layout = Layout::kBsn2h;
  if (!c.varlen && draws.once_in(4)) c.new_keys = draws.between(1, c.seqlen_k);
  c.key_lengths = !c.varlen && draws.once_in(4);
  if (draws.once_in(6)) c.softcap = float(draws.between(1, 20));
  if (draws.once_in(6)) c.scale = -0.1f;
}

void draw_values(Draws& draws, AttentionCase& c) {
  if (draws.once_in(4)) c.rise = float(draws.between(-50, 50));
  if (!draws.once_in(8)) return;
  c.hot_key = draws.between(0, c.seqlen_k - 1);
  c.hot_score = float(draws.between(5, 60));
}

NamedCase name(const char* kind, uint64_t seed, int number, const AttentionCase& c) {
  return {kind + ("-" + std::to_string(seed)) + "-" + std::to_string(number), c};
}

}  // namespace

NamedCase random_case(uint64_t seed, int number) {
  Draws draws(seed, number);
  AttentionCase c;
  c.seed = draws.seed();
  draw_sizes(draws, c, 10);
  draw_features(draws, c);
  draw_values(draws, c);
  return name("random", seed, number, c);
}

NamedCase short_case(uint64_t seed, int number) {
  Draws draws(seed, number);
  AttentionCase c;
  c.seed = draws.seed();
  draw_short_sizes(draws, c);
  draw_features(draws, c);
  draw_values(draws, c);
  if (draws.once_in(2)) c.causal_offset = c.seqlen_k - c.seqlen_q;
  return name("short", seed, number, c);
}

NamedCase launch_case(uint64_t seed, int number) {
  Draws draws(seed, number);
  AttentionCase c;
  c.seed = draws.seed();
  draws.once_in(3) ? draw_short_sizes(draws, c) : draw_sizes(draws, c, 9);
  if (draws.once_in(4)) {  // several rounds of tiles
    c.num_heads *= 24;
    c.seqlen_q = std::min(c.seqlen_q, draws.length(8));
    c.seqlen_k = std::min(c.seqlen_k, draws.length(9));
  }
  draw_features(draws, c);
  // Large scores, of which the first block's maximum is often too small.
  if (draws.once_in(3)) c.scale = 3.0f;
  while (place_data(c).input_elements > kMostLaunchElements) {
    c.seqlen_q = std::max(1, c.seqlen_q / 2);
    c.seqlen_k = std::max(1, c.seqlen_k / 2);
    c.new_keys = std::min(c.new_keys, c.seqlen_k);
  }
  return name("launch", seed, number, c);
}

NamedCase find_case(const std::string& name, int processors) {
  uint64_t seed = 0;
  int number = 0;
  char kind[16] = "";
  if (std::sscanf(name.c_str(), "%15[a-z]-%lu-%d", kind, &seed, &number) == 3) {
    if (std::string(kind) == "random") return random_case(seed, number);
    if (std::string(kind) == "short") return short_case(seed, number);
    if (std::string(kind) == "launch") return launch_case(seed, number);
  }
  for (const auto& cases : {listed_cases(processors), quick_cases(processors), repeat_cases()}) {
    for (const NamedCase& one : cases) {
      if (one.name == name) return one;
    }
  }
  return {};
}

}  // namespace attnkit::flash::test
