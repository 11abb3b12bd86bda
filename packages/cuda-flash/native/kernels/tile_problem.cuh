// A tile of queries of one head of one sequence: what the thread block that computes it has to
// know.
#pragma once

#include <cstdint>

#include "attnkit/sequence.cuh"
#include "attnkit/visibility.cuh"
#include "params.h"

namespace attnkit::flash {

__device__ __forceinline__ int ceil_div(int a, int b) { return (a + b - 1) / b; }

// Rows that see none of the keys which the mask keeps may have to be computed without it. They lie
// before and after those that do see one, so a tile falls into at most three parts, each computed
// by itself: what the mask hides, which may be NaN, is then never multiplied into rows that it
// applies to.
struct TileProblem {
  Range tile;          // queries of the tile
  Range masked_rows;   // those that the mask applies to
  int part;            // 0: the rows before masked_rows, 1: these, 2: those after
  Range rows;          // of the part
  Range seen;          // keys that some row of the part sees
  Range blocks;        // blocks of kBlockN keys that hold these
  Range whole_blocks;  // those of which every row sees every key
  Range kept;          // keys that the mask keeps
  int seqlen_k;
  Band band;      // causal and window
  bool softcap;   // then no block is whole: only the others are masked and softcapped
  const char* q;  // query 0, key 0 .. of this head
  const char* k;
  const char* v;
  char* o;
  float* softmax_lse;  // of query 0, or null

  // The keys that the part's rows are computed against, as far as causal and window show them.
  __device__ __forceinline__ Range keys() const { return part == 1 ? kept : Range{0, seqlen_k}; }

  // Goes on to the next part that has rows; without one, `rows` is empty.
  template <int kBlockN>
  __device__ void next_part() {
    do {
      ++part;
      rows = part == 0   ? Range{tile.begin, masked_rows.begin}
             : part == 1 ? masked_rows
                         : Range{masked_rows.end, tile.end};
    } while (rows.empty() && part < 2);
    seen = band.seen_by_any(rows, keys());
    blocks = seen.empty() ? Range{0, 0} : Range{seen.begin / kBlockN, ceil_div(seen.end, kBlockN)};
    const Range all = band.seen_by_all(rows, keys());
    whole_blocks = {blocks.end, blocks.end};
    if (softcap || all.empty()) return;
    const Range whole = {ceil_div(all.begin, kBlockN), all.end / kBlockN};
    if (!whole.empty()) whole_blocks = whole;
  }

  __device__ __forceinline__ bool is_last_part() const { return part == 2 || rows.end == tile.end; }
};

template <typename T>
__device__ __forceinline__ T* device_pointer(uint64_t address) {
  return reinterpret_cast<T*>(address);
}

__device__ __forceinline__ char* head_pointer(const HeadTensor& tensor, int batch, int64_t token,
                                              int head) {
  return device_pointer<char>(tensor.pointer) + batch * tensor.batch_stride +
         token * tensor.row_stride + head * tensor.head_stride;
}

// Whether parts of the problem's description are in device memory, where the kernel before may
// write them.
__device__ __forceinline__ bool reads_indices(const FlashParams& params) {
  return (params.cu_seqlens_q | params.cu_seqlens_k | params.key_starts | params.key_ends |
          params.causal_offsets | params.key_lengths | params.past_seqlens) != 0;
}

// The keys of `batch`, as far as its past and its key length leave any, whatever these hold.
__device__ __forceinline__ TokenSpan locate_keys(const FlashParams& params, int batch) {
  TokenSpan keys = locate_sequence(device_pointer<const int32_t>(params.cu_seqlens_k), batch,
                                   params.seqlen_k, params.k.total_tokens);
  const auto* const pasts = device_pointer<const int32_t>(params.past_seqlens);
  const auto* const lengths = device_pointer<const int32_t>(params.key_lengths);
  if (pasts != nullptr) {
    keys.length = min(clamp(pasts[batch], 0, keys.length) + params.new_keys, keys.length);
  }
  if (lengths != nullptr) keys.length = clamp(lengths[batch], 0, keys.length);
  return keys;
}

// The keys that the mask of `batch` keeps, inside [0, seqlen_k] whatever the lengths hold.
__device__ __forceinline__ Range kept_keys(const FlashParams& params, int batch, int seqlen_k) {
  const auto* const starts = device_pointer<const int32_t>(params.key_starts);
  const auto* const ends = device_pointer<const int32_t>(params.key_ends);
  return {starts == nullptr ? 0 : clamp(starts[batch], 0, seqlen_k),
          ends == nullptr ? seqlen_k : clamp(ends[batch], 0, seqlen_k)};
}

__device__ __forceinline__ float* lse_pointer(const FlashParams& params, int batch, int head,
                                              const TokenSpan& queries) {
  if (params.softmax_lse == 0) return nullptr;
  const int64_t row = params.cu_seqlens_q != 0
                          ? int64_t(head) * params.lse_head_stride + queries.first
                          : (int64_t(batch) * params.num_heads + head) * params.seqlen_q;
  return device_pointer<float>(params.softmax_lse) + row;
}

// Describes in `p` the tile of the queries `rows` of `head`, as far as there are any; `head_kv` has
// its keys.
template <int kBlockN>
__device__ __forceinline__ void describe_tile_problem(const FlashParams& params, int batch,
                                                      int head, int head_kv, Range rows,
                                                      TileProblem& p) {
  const TokenSpan queries = locate_sequence(device_pointer<const int32_t>(params.cu_seqlens_q),
                                            batch, params.seqlen_q, params.q.total_tokens);
  const TokenSpan keys = locate_keys(params, batch);
  const auto* const offsets = device_pointer<const int32_t>(params.causal_offsets);
  p.kept = kept_keys(params, batch, keys.length);
  p.seqlen_k = keys.length;
  p.band =
      Band::make(params.flags & kCausal, offsets == nullptr ? params.causal_offset : offsets[batch],
                 params.window_left, params.window_right);
  p.tile = {rows.begin, min(rows.end, queries.length)};
  p.masked_rows =
      params.flags & kIgnoreMaskInEmptyRows ? p.band.rows_seeing(p.kept, p.tile) : p.tile;
  p.softcap = params.softcap_scale != 0.0f;
  p.part = -1;
  p.next_part<kBlockN>();
  p.q = head_pointer(params.q, batch, queries.first, head);
  p.k = head_pointer(params.k, batch, keys.first, head_kv);
  p.v = head_pointer(params.v, batch, keys.first, head_kv);
  p.o = head_pointer(params.o, batch, queries.first, head);
  p.softmax_lse = lse_pointer(params, batch, head, queries);
}

// Tile number `tile` of kBlockM queries.
template <int kBlockM, int kBlockN>
__device__ __forceinline__ void describe_tile_problem(const FlashParams& params, int batch,
                                                      int head, int tile, TileProblem& p) {
  const int head_kv = params.heads_per_kv == 1 ? head : head / params.heads_per_kv;
  describe_tile_problem<kBlockN>(params, batch, head, head_kv,
                                 Range{tile * kBlockM, (tile + 1) * kBlockM}, p);
}

}  // namespace attnkit::flash
