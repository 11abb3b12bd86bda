// The scheduler: one thread that decides what the thread block computes next, and describes it
// while the tiles before are still loaded and computed.
#pragma once

#include "attnkit/thread_index.cuh"
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
class Scheduler {
  using Storage = SharedStorage<Traits>;

 public:
  __device__ Scheduler(const HopperParams& params, const Storage& smem)
      : params_(params), smem_(smem) {}

  __device__ __forceinline__ void run() {
    describe_stream<false>();
    if (smem_.replay_follows(params_.flash)) describe_stream<true>();
  }

 private:
  // All tiles of the thread block, or those to be replayed, and the end of the stream.
  template <bool kReplay>
  __device__ __forceinline__ void describe_stream() {
    const FlashParams& params = params_.flash;
    const int row_blocks = count_row_blocks<Traits>(params);
    const int tiles = count_tiles<Traits>(params);
    for (int round = 0; tile_of_round(round) < tiles; ++round) {
      if (kReplay && !smem_.replays().contains(round)) continue;
      acquire_slot();
      const TilePlace place(tile_of_round(round), row_blocks, params_.section_heads,
                            params.num_heads * params.batch);
      describe_tile<Traits>(params, place, current());
      current().round = round;
      current().exact = kReplay || params.flags & kExactSoftmax;
      if (!current().problem.rows.empty()) publish_parts();
    }
    acquire_slot();
    current().problem.rows = {0, 0};
    publish();
  }

  // A slot that was acquired and not published is acquired again at once.
  __device__ __forceinline__ void acquire_slot() const {
    wait(smem_.tile_done(tiles_.slot), tiles_.parity ^ 1);
  }

  __device__ HopperTile& current() const { return smem_.tile(tiles_.slot); }

  __device__ __forceinline__ void publish() {
    arrive(smem_.tile_ready(tiles_.slot));
    tiles_.advance();
  }

  // The part of a tile that is described, and those after it.
  __device__ __forceinline__ void publish_parts() {
    for (;;) {
      const HopperTile& tile = current();
      // Without a key to see, one block that is hidden altogether gives rows of zeros.
      if (tile.problem.blocks.empty()) current().problem.blocks = {0, 1};
      const bool last = tile.problem.is_last_part();
      publish();
      if (last) return;
      acquire_slot();
      current() = tile;
      current().problem.template next_part<Traits::kBlockN>();
      if (current().problem.rows.empty()) return;
    }
  }

  const HopperParams& params_;
  const Storage& smem_;
  RingPosition<Traits::kTileSlots> tiles_;
};

}  // namespace attnkit::flash
