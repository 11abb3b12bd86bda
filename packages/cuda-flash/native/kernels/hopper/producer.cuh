// The producer: one thread that has the copy engine bring what the scheduler described, as far
// ahead as there is room.
#pragma once

#include "attnkit/dependent_launch.cuh"
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
      wait(smem_.tile_ready(tiles_.slot()), tiles_.parity());
      const HopperTile& tile = smem_.tile(tiles_.slot());
      arrive(smem_.tile_loading(tiles_.slot()));
      const auto queries = Storage::queries_of(tiles_);
      wait(smem_.queries_empty(queries.slot()), queries.parity() ^ 1);
      // The first is described by now, and nothing is written before it has been loaded. Waits even
      // for the end: the next kernel relies on this one for those before it.
      wait_for_previous_kernel();
      ends = tile.problem.rows.empty();
      if (ends) {
        arrive(smem_.queries_full(queries.slot()));
      } else {
        load_queries(tile, queries.slot());
        load_blocks(tile);
      }
      arrive(smem_.tile_done(tiles_.slot()));
      tiles_.advance();
    }
  }

  __device__ __forceinline__ void load_blocks(const HopperTile& tile) {
    const Range blocks = tile.problem.blocks;
    for (int block = blocks.end - 1; block >= blocks.begin; --block) load_block(tile, block);
  }

  __device__ __forceinline__ void load_queries(const HopperTile& tile, int slot) const {
    using Tile = typename Traits::QueryTile;
    const BarrierAddress full = smem_.queries_full(slot);
    arrive_expecting(full, Tile::kPanels * Tile::kPanelBytes);
    load_panels<Tile>(smem_.queries(slot), params_.q, full,
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
  typename Storage::TilePosition tiles_;
  RingPosition<Traits::kStages> stage_;
};

}  // namespace attnkit::flash
