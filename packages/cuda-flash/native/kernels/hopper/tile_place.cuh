// Which queries of which head a tile's number stands for, and the description of such a tile.
#pragma once

#include "kernels/hopper/hopper_params.h"
#include "kernels/hopper/shared_storage.cuh"

namespace attnkit::flash {

// Where tile number `index` is. Heads are taken in sections, whose keys and values stay in the L2
// cache; within a section the last queries, which see the most keys when causal, come first.
struct TilePlace {
  int row_block;
  int head;  // of all batch entries

  __device__ __forceinline__ TilePlace(const HopperParams& params, int index) {
    const int heads = params.flash.num_heads * params.flash.batch;
    const int section = index / (params.row_blocks * params.section_heads);
    const int first = section * params.section_heads;
    const int width = min(params.section_heads, heads - first);
    const int within = index - first * params.row_blocks;
    row_block = params.row_blocks - 1 - within / width;
    head = first + within % width;
  }
};

template <typename Traits>
__device__ __forceinline__ void describe_tile(const FlashParams& params, TilePlace place,
                                              HopperTile& tile) {
  const int head = place.head % params.num_heads;
  const int batch = params.first_batch + place.head / params.num_heads;
  describe_tile_problem<Traits::kBlockM, Traits::kBlockN>(params, batch, head, place.row_block,
                                                          tile.problem);
  const bool varlen = params.cu_seqlens_q != 0;
  tile.head = head;
  tile.head_kv = head / params.heads_per_kv;
  tile.batch = varlen ? 0 : batch;
  tile.first_query = tile.first_key = 0;
  if (varlen) {
    tile.first_query = locate_sequence(device_pointer<const int32_t>(params.cu_seqlens_q), batch,
                                       params.seqlen_q, params.q.total_tokens)
                           .first;
    tile.first_key = locate_sequence(device_pointer<const int32_t>(params.cu_seqlens_k), batch,
                                     params.seqlen_k, params.k.total_tokens)
                         .first;
  }
}

}  // namespace attnkit::flash
