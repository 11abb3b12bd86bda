// The producer: one thread that has the copy engine bring what the scheduler described, as far
// ahead as there is room.
#pragma once

#include "attnkit/tensor_map.cuh"
#include "kernels/hopper/hopper_params.h"
#include "kernels/hopper/shared_storage.cuh"

namespace attnkit::flash {

template <typename Traits>
class Producer {
  using Storage = SharedStorage<Traits>;

 public:
  __device__ Producer(const HopperParams& params, const Storage& smem)
      : params_(params), smem_(smem) {}

  __device__ __forceinline__ void run() {
    load_stream();
    if (smem_.replay_follows(params_.flash)) load_stream();
  }

 private:
  __device__ __forceinline__ void load_stream() {
    for (bool ends = false; !ends;) {
      wait(smem_.tile_ready(tiles_.slot), tiles_.parity);
      const HopperTile& tile = smem_.tile(tiles_.slot);
      ends = tile.problem.rows.empty();
      if (!ends) load_tile_of_queries(tile);
      arrive(smem_.tile_done(tiles_.slot));
      tiles_.advance();
    }
  }

  __device__ __forceinline__ void load_tile_of_queries(const HopperTile& tile) {
    wait(smem_.queries_empty(queries_.slot), queries_.parity ^ 1);
    load_queries(tile);
    queries_.advance();
    const Range blocks = tile.problem.blocks;
    for (int block = blocks.end - 1; block >= blocks.begin; --block) load_block(tile, block);
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
    if (!tile.problem.whole_blocks.contains(block)) arrive(smem_.guard_called(slot));
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
