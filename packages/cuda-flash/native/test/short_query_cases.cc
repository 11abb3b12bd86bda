#include "short_query_cases.h"

namespace attnkit::flash::test {

std::vector<AttentionCase> short_query_cases() {
  std::vector<AttentionCase> cases;
  const auto add = [&](auto change) {
    AttentionCase c;
    c.seed = 5000 + cases.size();
    c.batch = 2, c.seqlen_q = 1, c.num_heads = 8, c.num_heads_kv = 2, c.head_dim = 128;
    change(c);
    cases.push_back(c);
  };
  for (const int d : {16, 40, 64, 80, 96, 128, 160, 192, 256}) {
    for (const int s : {1, 15, 16, 17, 63, 65, 255, 257, 1000}) {
      add([&](AttentionCase& c) { c.head_dim = d, c.seqlen_k = s; });
    }
    add([&](AttentionCase& c) { c.head_dim = d, c.seqlen_k = 3000, c.bfloat16 = true; });
  }
  for (const int group : {1, 2, 3, 4, 8, 16, 17}) {
    for (const int queries : {1, 2, 3, 5, 16}) {
      const auto grouped = [&](AttentionCase& c) {
        c.num_heads = 2 * group, c.seqlen_q = queries, c.seqlen_k = 700;
        c.causal = true, c.causal_offset = 700 - queries;
      };
      add(grouped);
      add([&](AttentionCase& c) { grouped(c), c.head_dim = 64, c.varlen = true, c.batch = 5; });
      add([&](AttentionCase& c) { grouped(c), c.layout = Layout::kBnsh, c.softcap = 5.0f; });
      add([&](AttentionCase& c) { grouped(c), c.offset_per_batch = true, c.batch = 4; });
      add([&](AttentionCase& c) { grouped(c), c.window_left = 100, c.scale = -0.2f; });
    }
  }
  for (const bool ignore : {false, true}) {
    for (const Mask mask : {Mask::kLengths, Mask::kStartEnd}) {
      for (const int s : {3, 70, 900}) {
        const auto masked = [&](AttentionCase& c) {
          c.batch = 8, c.seqlen_k = s, c.mask = mask, c.ignore_mask_in_empty_rows = ignore;
        };
        add(masked);
        add([&](AttentionCase& c) {
          masked(c), c.seqlen_q = 6, c.window_left = 10, c.window_right = 2,
                     c.causal_offset = s / 3;
        });
      }
    }
  }
  for (const float rise : {-60.0f, 9.0f, 60.0f}) {
    add([&](AttentionCase& c) { c.seqlen_k = 2000, c.rise = rise; });
  }
  add([&](AttentionCase& c) { c.seqlen_k = 2000, c.scale = 3.0f, c.magnitude = 4.0f; });
  return cases;
}

}  // namespace attnkit::flash::test
