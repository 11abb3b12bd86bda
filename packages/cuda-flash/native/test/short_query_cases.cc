#include "short_query_cases.h"

namespace attnkit::flash::test {

namespace {

void one_query(AttentionCase& c) {
  c.batch = 2, c.seqlen_q = 1, c.num_heads = 8, c.num_heads_kv = 2, c.head_dim = 128;
}

void add_key_lengths(CaseList& list) {
  for (const int d : {16, 40, 64, 80, 96, 128, 160, 192, 256}) {
    for (const int s : {1, 15, 16, 17, 63, 65, 255, 257, 1000}) {
      list.add(one_query, [&](AttentionCase& c) { c.head_dim = d, c.seqlen_k = s; });
    }
    list.add(one_query,
             [&](AttentionCase& c) { c.head_dim = d, c.seqlen_k = 3000, c.bfloat16 = true; });
  }
}

// How many queries and heads share keys.
void add_groups(CaseList& list) {
  for (const int group : {1, 2, 3, 4, 8, 16, 17}) {
    for (const int queries : {1, 2, 3, 5, 16}) {
      const auto grouped = [&](AttentionCase& c) {
        one_query(c), c.num_heads = 2 * group, c.seqlen_q = queries, c.seqlen_k = 700;
        c.causal = true, c.causal_offset = 700 - queries;
      };
      list.add(grouped);
      list.add(grouped, [](AttentionCase& c) { c.head_dim = 64, c.varlen = true, c.batch = 5; });
      list.add(grouped, [](AttentionCase& c) { c.layout = Layout::kBnsh, c.softcap = 5.0f; });
      list.add(grouped, [](AttentionCase& c) { c.offset_per_batch = true, c.batch = 4; });
      list.add(grouped, [](AttentionCase& c) { c.window_left = 100, c.scale = -0.2f; });
    }
  }
}

void add_masks(CaseList& list) {
  for (const bool ignore : {false, true}) {
    for (const Mask mask : {Mask::kLengths, Mask::kStartEnd}) {
      for (const int s : {3, 70, 900}) {
        const auto masked = [&](AttentionCase& c) {
          one_query(c), c.batch = 8, c.seqlen_k = s, c.mask = mask;
          c.ignore_mask_in_empty_rows = ignore;
        };
        list.add(masked);
        list.add(masked, [&](AttentionCase& c) {
          c.seqlen_q = 6, c.window_left = 10, c.window_right = 2, c.causal_offset = s / 3;
        });
      }
    }
  }
}

}  // namespace

void add_short_queries(CaseList& list) {
  add_key_lengths(list);
  add_groups(list);
  add_masks(list);
  const auto longer = [](AttentionCase& c) { one_query(c), c.seqlen_k = 2000; };
  for (const float rise : {-60.0f, 9.0f, 60.0f}) {
    list.add(longer, [&](AttentionCase& c) { c.rise = rise; });
  }
  list.add(longer, [](AttentionCase& c) { c.scale = 3.0f, c.magnitude = 4.0f; });
  list.add(longer, [](AttentionCase& c) { c.values = Values::kHuge; });
  list.add(longer, [](AttentionCase& c) { c.values = Values::kEqual; });
}

}  // namespace attnkit::flash::test
