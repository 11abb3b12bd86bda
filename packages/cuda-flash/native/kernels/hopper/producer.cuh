// The producer: one thread that decides what the thread block computes next and has the copy engine
// bring it, as far ahead as there is room.
#pragma once

#include "attnkit/tensor_map.cuh"
#include "kernels/hopper/hopper_params.h"
#include "kernels/hopper/shared_storage.cuh"

namespace attnkit::flash {

template <typename Traits>
__device__ __forceinline__ int count_row_blocks(const FlashParams& params) {
  return ceil_div(params.seqlen_q, Traits::kBlockM);
}

// Of all heads; in each round every thread block has one.
template <typename Traits>
__device__ __forceinline__ int count_tiles(const FlashParams& params) {
  return count_row_blocks<Traits>(params) * params.num_heads * params.batch;
}

// The number of this thread block's tile in a round. Every other round goes backwards, so that who
// has the longest tile in one has the shortest in the next.
__device__ __forceinline__ int tile_of_round(int round) {
  const int place = round % 2 == 0 ? blockIdx.x : gridDim.x - 1 - blockIdx.x;
  return round * gridDim.x + place;
}

// Where tile number `index` is. Heads are taken in sections, whose keys and values stay in the L2
// cache; within a section the last queries, which see the most keys when causal, come first.
struct TilePlace {
  int row_block;
  int head;  // of all batch entries

  __device__ __forceinline__ TilePlace(int index, int row_blocks, int section_heads, int heads) {
    const int section = index / (row_blocks * section_heads);
    const int first = section * section_heads;
    const int width = min(section_heads, heads - first);
    const int within = index - first * row_blocks;
    row_block = row_blocks - 1 - within / width;
    head = first + within % width;
  }
};

template <typename Traits>
__device__ __forceinline__ void describe_tile(const FlashParams& params, TilePlace place,
                                              HopperTile& tile) {
  const int head = place.head % params.num_heads;
  const int batch = params.first_batch + place.head / params.num_heads;
  tile.problem =
      make_tile_problem<Traits::kBlockM, Traits::kBlockN>(params, batch, head, place.row_block);
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

template <typename Traits>
class Producer {
  using Storage = SharedStorage<Traits>;

 public:
  __device__ Producer(const HopperParams& params, const Storage& smem)
      : params_(params), smem_(smem) {}

  __device__ __forceinline__ void run() {
    produce<false>();
    if (params_.flash.flags & kExactSoftmax) return;
    wait(smem_.drained(), 0);
    if (!smem_.replays().empty()) produce<true>();
  }

 private:
  // Brings all tiles of the thread block, or those to be replayed, and ends the stream.
  template <bool kReplay>
  __device__ __forceinline__ void produce() {
    const FlashParams& params = params_.flash;
    const int row_blocks = count_row_blocks<Traits>(params);
    const int tiles = count_tiles<Traits>(params);
    for (int round = 0; tile_of_round(round) < tiles; ++round) {
      if (kReplay && !smem_.replays().contains(round)) continue;
      acquire_query_slot();
      const TilePlace place(tile_of_round(round), row_blocks, params_.section_heads,
                            params.num_heads * params.batch);
      describe_tile<Traits>(params, place, current());
      current().round = round;
      current().exact = kReplay || params.flags & kExactSoftmax;
      while (!current().problem.rows.empty()) {
        load_part();
        if (!advance_to_next_part()) break;
      }
    }
    acquire_query_slot();
    current().problem.rows = {0, 0};
    arrive(smem_.queries_full(queries_.slot));
    queries_.advance();
    tiles_.advance();
  }

  __device__ HopperTile& current() const { return smem_.tile(tiles_.slot); }

  // A slot that was acquired and not filled is acquired again at once.
  __device__ __forceinline__ void acquire_query_slot() const {
    wait(smem_.queries_empty(queries_.slot), queries_.parity ^ 1);
  }

  __device__ __forceinline__ void load_part() {
    const HopperTile& tile = current();
    // Without a key to see, one block that is hidden altogether gives rows of zeros.
    if (tile.problem.blocks.empty()) current().problem.blocks = {0, 1};
    load_queries(tile);
    const Range blocks = tile.problem.blocks;
    for (int block = blocks.end - 1; block >= blocks.begin; --block) load_block(tile, block);
  }

  // Leaves `current()` a slot further on, with the next part of the same tile if it has one.
  __device__ __forceinline__ bool advance_to_next_part() {
    const HopperTile& done = current();
    const bool last = done.problem.is_last_part();
    queries_.advance();
    tiles_.advance();
    if (last) return false;
    acquire_query_slot();
    current() = done;
    current().problem.template next_part<Traits::kBlockN>();
    return true;
  }

  __device__ __forceinline__ void load_queries(const HopperTile& tile) const {
    using Tile = typename Traits::QueryTile;
    const BarrierAddress full = smem_.queries_full(queries_.slot);
    arrive_expecting(full, Tile::kPanels * Tile::kPanelBytes);
    load_panels<Tile>(smem_.queries(queries_.slot), params_.q, full,
                      {0, tile.first_query + tile.problem.tile.begin, tile.head, tile.batch});
  }

  __device__ __forceinline__ void load_block(const HopperTile& tile, int block) {
    using Tile = typename Traits::KeyTile;
    const int token = tile.first_key + block * Traits::kBlockN;
    const TileCoordinates at{0, token, tile.head_kv, tile.batch};
    const int slot = stage_.slot;
    wait(smem_.keys_empty(slot), stage_.parity ^ 1);
    arrive_expecting(smem_.keys_full(slot), Tile::kPanels * Tile::kPanelBytes);
    load_panels<Tile>(smem_.keys(slot), params_.k, smem_.keys_full(slot), at);
    wait(smem_.values_empty(slot), stage_.parity ^ 1);
    arrive_expecting(smem_.values_full(slot), Tile::kPanels * Tile::kPanelBytes);
    load_panels<Tile>(smem_.values(slot), params_.v, smem_.values_full(slot), at);
    stage_.advance();
  }

  template <typename Tile>
  __device__ __forceinline__ static void load_panels(uint32_t smem, const CUtensorMap& map,
                                                     BarrierAddress full, TileCoordinates at) {
#pragma unroll
    for (int panel = 0; panel < Tile::kPanels; ++panel) {
      at.column = panel * Tile::kPanelColumns;
      load_tile(smem + panel * Tile::kPanelBytes, map, at, full);
    }
  }

  const HopperParams& params_;
  const Storage& smem_;
  RingPosition<Traits::kQueryStages> queries_;
  RingPosition<Traits::kTileSlots> tiles_;
  RingPosition<Traits::kStages> stage_;
};

}  // namespace attnkit::flash
