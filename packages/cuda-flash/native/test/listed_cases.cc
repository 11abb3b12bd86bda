#include "case_list.h"
#include "short_query_cases.h"

namespace attnkit::flash::test {

namespace {

constexpr int kHeadDims[] = {16, 32, 40, 64, 80, 96, 128, 160, 192, 256};
constexpr int kLengths[] = {1,   7,   63,  64,  65,  127, 128,  129,
                            191, 193, 197, 333, 384, 512, 1000, 4097};

void add_head_dims(CaseList& list) {
  for (int d = 8; d <= 256; d += 8) {
    for (const bool bfloat16 : {false, true}) {
      list.add([&](AttentionCase& c) {
        c.head_dim = d, c.bfloat16 = bfloat16, c.seqlen_q = 150, c.seqlen_k = 203, c.num_heads = 3,
        c.num_heads_kv = 3, c.batch = 2;
      });
    }
  }
}

void add_lengths(CaseList& list, int d) {
  for (const int s : kLengths) {
    const auto base = [&](AttentionCase& c) {
      c.head_dim = d, c.seqlen_q = c.seqlen_k = s, c.num_heads = c.num_heads_kv = 2;
    };
    list.add(base);
    list.add(base, [](AttentionCase& c) { c.causal = true, c.bfloat16 = true; });
    list.add(base,
             [&](AttentionCase& c) { c.seqlen_k = 77, c.causal = true, c.causal_offset = 77 - s; });
    list.add(base, [&](AttentionCase& c) { c.seqlen_q = 77, c.num_heads = 1, c.num_heads_kv = 1; });
  }
}

// What most features are tried on: more than a tile of queries, more than a block of keys.
class Base {
 public:
  Base(int head_dim, bool bfloat16) : head_dim_(head_dim), bfloat16_(bfloat16) {}
  void operator()(AttentionCase& c) const {
    c.head_dim = head_dim_, c.bfloat16 = bfloat16_, c.batch = 3, c.seqlen_q = 190, c.seqlen_k = 270;
    c.num_heads = 4, c.num_heads_kv = 2;
  }

 private:
  const int head_dim_;
  const bool bfloat16_;
};

void add_layouts(CaseList& list, const Base& base) {
  const auto square = [](AttentionCase& c) { c.seqlen_k = c.seqlen_q, c.num_heads_kv = 4; };
  const auto varlen = [](AttentionCase& c) { c.varlen = true, c.batch = 5; };
  const auto layout = [](Layout one) { return [one](AttentionCase& c) { c.layout = one; }; };
  const auto causal = [](AttentionCase& c) { c.causal = true; };
  list.add(base);
  list.add(base, [](AttentionCase& c) { c.num_heads_kv = 1; });
  list.add(base, layout(Layout::kBnsh));
  list.add(base, layout(Layout::kGaps));
  list.add(base, layout(Layout::kGaps), causal);
  list.add(base, layout(Layout::kBsn2h));
  list.add(base, layout(Layout::kBsn3h), square);
  list.add(base, varlen);
  list.add(base, varlen, causal);
  list.add(base, varlen, layout(Layout::kBsn2h));
  list.add(base, varlen, layout(Layout::kBsn3h), square);
  list.add(base, [](AttentionCase& c) { c.seqlen_k = 0; });
  list.add(base, varlen, [](AttentionCase& c) { c.seqlen_k = 0; });
}

void add_visibility(CaseList& list, const Base& base) {
  list.add(base, [](AttentionCase& c) { c.causal = true, c.offset_per_batch = true; });
  list.add(base, [](AttentionCase& c) { c.window_left = 30, c.window_right = 17; });
  list.add(base,
           [](AttentionCase& c) { c.window_left = 100, c.causal = true, c.causal_offset = 40; });
  // Blocks that all rows see between such as some do.
  list.add(base, [](AttentionCase& c) { c.seqlen_k = 1500, c.window_left = 30; });
  list.add(base, [](AttentionCase& c) {
    c.seqlen_k = 1500, c.window_left = 700, c.causal = true, c.causal_offset = 1300;
  });
  list.add(base, [](AttentionCase& c) { c.seqlen_k = 2000, c.mask = Mask::kStartEnd; });
  // No row sees a key.
  list.add(base, [](AttentionCase& c) { c.causal = true, c.causal_offset = -190; });
  for (const Mask mask : {Mask::kLengths, Mask::kStartEnd}) {
    for (const bool ignore : {false, true}) {
      const auto masked = [&](AttentionCase& c) {
        c.batch = 6, c.mask = mask, c.ignore_mask_in_empty_rows = ignore;
      };
      list.add(base, masked);
      list.add(base, masked, [](AttentionCase& c) { c.causal = true; });
      list.add(base, masked, [](AttentionCase& c) { c.window_left = 20, c.window_right = 5; });
      list.add(base, masked, [](AttentionCase& c) { c.varlen = true; });
    }
  }
}

void add_values(CaseList& list, const Base& base, int d) {
  const auto causal = [](AttentionCase& c) { c.causal = true, c.causal_offset = 700; };
  const auto longer = [](AttentionCase& c) { c.seqlen_k = 900; };
  list.add(base, [](AttentionCase& c) { c.scale = -0.2f; });
  list.add(base, [](AttentionCase& c) { c.scale = 3.0f, c.magnitude = 4.0f; });
  list.add(base, [](AttentionCase& c) { c.softcap = 5.0f, c.scale = 0.7f; });
  for (const Values values : {Values::kIntegers, Values::kEqual, Values::kHuge}) {
    const auto valued = [&](AttentionCase& c) { c.values = values; };
    list.add(base, longer, valued);
    list.add(base, longer, valued, causal);
    list.add(base, valued, [](AttentionCase& c) { c.varlen = true, c.batch = 5; });
  }
  for (const float rise : {-9.0f, 9.0f, -60.0f, 60.0f}) {
    const auto rising = [&](AttentionCase& c) { c.rise = rise; };
    list.add(base, longer, rising);
    list.add(base, longer, rising, causal);
    if (d != 64 && d != 128) continue;
    // Several rounds of tiles.
    list.add(base, rising, [](AttentionCase& c) { c.seqlen_k = 400, c.num_heads = 128; });
  }
  // In the first block of keys, the second, and their like from the other end.
  for (const int hot_key : {0, 130, 900 - 130, 899}) {
    for (const float hot_score : {4.0f, 30.0f, 200.0f}) {
      list.add(base, longer, [&](AttentionCase& c) {
        c.hot_key = hot_key, c.hot_score = hot_score, c.causal = hot_score == 30.0f;
        c.causal_offset = 800;
      });
    }
  }
}

// V's head dim other than Q's, wider and narrower, also by whole panels of the copy engine.
void add_head_dims_v(CaseList& list) {
  constexpr int kDims[][2] = {{192, 128}, {128, 64}, {64, 128}, {40, 72},  {72, 40}, {8, 256},
                              {256, 8},   {16, 32},  {96, 24},  {128, 16}, {80, 96}, {248, 160}};
  for (const auto& dims : kDims) {
    for (const int s : {1, 65, 300}) {
      const auto base = [&](AttentionCase& c) {
        c.head_dim = dims[0], c.head_dim_v = dims[1], c.seqlen_q = s, c.seqlen_k = 270;
        c.batch = 2, c.num_heads = 4, c.num_heads_kv = 2;
      };
      list.add(base);
      list.add(base, [&](AttentionCase& c) {
        c.bfloat16 = true, c.layout = Layout::kBnsh, c.causal = true, c.causal_offset = 270 - s;
      });
      list.add(base, [](AttentionCase& c) { c.varlen = c.causal = true, c.batch = 5; });
    }
  }
}

// Sequences of which each has its own number of keys: by key lengths, a past, or both.
void add_key_counts(CaseList& list) {
  for (const int d : {32, 64, 128, 192}) {
    for (const int s : {1, 5, 130}) {
      for (const bool key_lengths : {false, true}) {
        for (const int new_keys : {0, 1, 7, 130}) {
          if (!key_lengths && new_keys == 0) continue;
          const auto base = [&](AttentionCase& c) {
            c.head_dim = d, c.seqlen_q = s, c.seqlen_k = 400, c.batch = 6, c.num_heads = 4;
            c.num_heads_kv = 2, c.key_lengths = key_lengths, c.new_keys = new_keys;
          };
          const auto causal = [](AttentionCase& c) { c.causal = c.offset_per_batch = true; };
          list.add(base);
          list.add(base, causal);
          list.add(base, causal, [](AttentionCase& c) {
            c.mask = Mask::kLengths, c.ignore_mask_in_empty_rows = true, c.layout = Layout::kBnsh;
          });
        }
      }
    }
  }
}

// As many tiles as multiprocessors, one less and one more, one alone, and 100,000.
void add_tile_counts(CaseList& list, int processors) {
  for (const int d : kHeadDims) {
    for (const int tiles : {1, processors - 1, processors, processors + 1, 2 * processors + 1}) {
      const auto counted = [&](AttentionCase& c) {
        c.head_dim = d, c.seqlen_q = 20, c.seqlen_k = 200, c.num_heads = c.num_heads_kv = tiles;
      };
      list.add(counted);
      list.add(counted, [](AttentionCase& c) { c.rise = 60.0f; });
    }
  }
  for (const int d : {16, 64}) {
    const auto many = [&](AttentionCase& c) {
      c.head_dim = d, c.batch = 3125, c.num_heads = 32, c.num_heads_kv = 4, c.seqlen_q = 3;
      c.seqlen_k = 9;
    };
    list.add(many);
    list.add(many, [](AttentionCase& c) { c.varlen = true; });
  }
  // More rounds than a kernel has bits for tiles that are to be done again.
  list.add([&](AttentionCase& c) {
    c.head_dim = 16, c.batch = 1100, c.num_heads = processors, c.seqlen_q = 2, c.seqlen_k = 260;
    c.rise = 60.0f;
  });
}

}  // namespace

std::vector<NamedCase> listed_cases(int processors) {
  CaseList list("listed");
  add_head_dims(list);
  for (const int d : kHeadDims) {
    add_lengths(list, d);
    for (const bool bfloat16 : {false, true}) {
      const Base base(d, bfloat16);
      add_layouts(list, base);
      add_visibility(list, base);
      add_values(list, base, d);
    }
  }
  add_head_dims_v(list);
  add_key_counts(list);
  add_short_queries(list);
  add_tile_counts(list, processors);
  return list.take();
}

}  // namespace attnkit::flash::test
