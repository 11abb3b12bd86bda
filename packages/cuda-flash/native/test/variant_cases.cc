// Cases for each head dim that kernels are made for.
#include <set>

#include "case_list.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

// Applies `add` to each head dim and dtype.
template <typename Add>
void for_each_kind(const Add& add) {
  std::set<int> head_dims;
  for (int i = 0; i < kVariantCount; ++i) head_dims.insert(kVariants[i].head_dim);
  for (const int d : head_dims) {
    for (const bool bfloat16 : {false, true}) {
      add([=](AttentionCase& c) { c.head_dim = d, c.bfloat16 = bfloat16; });
    }
  }
}

}  // namespace

std::vector<NamedCase> quick_cases(int processors) {
  CaseList list("quick");
  for_each_kind([&](const auto& kind) {
    // Tiles that end within the sequence and in its middle, masked keys, rows without the mask.
    list.add(kind, [](AttentionCase& c) {
      c.batch = 2, c.seqlen_q = 200, c.seqlen_k = 270, c.mask = Mask::kStartEnd, c.causal = true;
      c.ignore_mask_in_empty_rows = true, c.causal_offset = 70, c.layout = Layout::kGaps;
      c.head_dim_v = c.head_dim - 8, c.key_lengths = true, c.new_keys = 5;
    });
    list.add(kind, [](AttentionCase& c) {
      c.batch = 3, c.seqlen_q = 140, c.seqlen_k = 300, c.num_heads = 2, c.varlen = true;
      c.scale = -0.2f, c.softcap = 4.0f, c.window_left = 150;
    });
    // Two rounds of tiles, and a replay.
    list.add(kind, [&](AttentionCase& c) {
      c.seqlen_q = 4, c.seqlen_k = 390, c.num_heads = processors + 1, c.rise = -60.0f;
    });
  });
  return list.take();
}

std::vector<NamedCase> repeat_cases() {
  CaseList list("repeat");
  for_each_kind([&](const auto& kind) {
    const auto base = [&](AttentionCase& c) {
      kind(c), c.batch = 2, c.num_heads = c.num_heads_kv = 40, c.seqlen_q = 333, c.seqlen_k = 470;
    };
    list.add(base);
    list.add(base, [](AttentionCase& c) { c.causal = true, c.causal_offset = 137; });
    list.add(base, [](AttentionCase& c) { c.varlen = true, c.batch = 5, c.num_heads_kv = 20; });
    list.add(base, [](AttentionCase& c) { c.num_heads_kv = 8, c.mask = Mask::kStartEnd; });
    list.add(base, [](AttentionCase& c) {
      c.num_heads_kv = 8, c.seqlen_q = 1, c.seqlen_k = 2000, c.key_lengths = true;
    });
    for (const float rise : {-60.0f, 60.0f}) {
      list.add(base, [&](AttentionCase& c) { c.num_heads_kv = 8, c.rise = rise; });
    }
  });
  return list.take();
}

}  // namespace attnkit::flash::test
