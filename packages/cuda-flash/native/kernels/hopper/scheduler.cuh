// The scheduler: one thread that decides what the thread block computes next, and describes it
// while the tiles before are still loaded and computed.
#pragma once

#include "attnkit/dependent_launch.cuh"
#include "attnkit/thread_index.cuh"
#include "kernels/hopper/tile_place.cuh"

namespace attnkit::flash {

template <typename Traits>
class Scheduler {
  using Storage = SharedStorage<Traits>;

 public:
  __device__ Scheduler(const HopperParams& params, const Storage& smem)
      : params_(params), smem_(smem) {}

  __device__ __forceinline__ void run() {
    if (reads_memory()) wait_for_previous_kernel();
    for (bool late = false;; late = true) {
      for (int tile; (tile = take_replay(late)) >= 0 ||
                     (tile = late ? params_.tiles : next_tile()) < params_.tiles;) {
        describe(tile);
      }
      end_stream();
      if (late || !smem_.replay_follows(params_.flash)) return;
    }
  }

 private:
  __device__ __forceinline__ bool takes_tiles() const { return params_.flash.counters != 0; }
  __device__ __forceinline__ bool reads_memory() const {
    return takes_tiles() || reads_indices(params_.flash);
  }

  // After the end of the first stream, what it left is not touched: others look whether it is
  // empty.
  __device__ __forceinline__ int take_replay(bool late) {
    const int tile = smem_.replays().take(replays_);
    is_replay_ = tile >= 0;
    if (is_replay_ && (++replays_, !late)) smem_.replays().set_taken(replays_);
    return tile;
  }

  // Where tiles differ in length, who is free takes the next one. Else they are dealt out, every
  // other round backwards.
  __device__ __forceinline__ int next_tile() {
    const int round = round_++;
    const int own = fresh_block_index();
    if (round == 0) return own;
    if (takes_tiles()) return params_.thread_blocks + take_ticket();
    const int place = round % 2 == 0 ? own : params_.thread_blocks - 1 - own;
    return round * params_.thread_blocks + place;
  }

  // Each thread block takes one too many: who takes the last of all leaves the counter as it was.
  __device__ __forceinline__ int take_ticket() const {
    int* const counter = device_pointer<int>(params_.flash.counters);
    const int ticket = atomicAdd(counter, 1);
    if (ticket == params_.tiles - 1) *counter = 0;
    return ticket;
  }

  __device__ __forceinline__ void describe(int tile) {
    acquire_slot();
    describe_tile<Traits>(params_.flash, TilePlace(params_, tile), current());
    current().number = tile;
    current().exact = is_replay_ || params_.flash.flags & kExactSoftmax;
    current().is_replay = is_replay_;
    if (!current().problem.rows.empty()) publish_parts();
  }

  // The part of a tile that is described, and those after it.
  __device__ __forceinline__ void publish_parts() {
    for (;;) {
      const HopperTile& tile = current();
      // Without a key to see, one block that is hidden altogether gives rows of zeros.
      if (tile.problem.blocks.empty()) current().problem.blocks = {0, 1};
      const bool last = tile.problem.is_last_part();
      current().is_queued = 0;
      publish();
      if (last) return;
      acquire_slot();
      copy_words(tile, current());
      current().problem.template next_part<Traits::kBlockN>();
      if (current().problem.rows.empty()) return;
    }
  }

  __device__ __forceinline__ void end_stream() {
    acquire_slot();
    current().problem.rows = {0, 0};
    publish();
  }

  // A slot that was acquired and not published is acquired again at once.
  __device__ __forceinline__ void acquire_slot() const {
    wait(smem_.tile_done(tiles_.slot()), tiles_.parity() ^ 1);
  }

  __device__ HopperTile& current() const { return smem_.tile(tiles_.slot()); }

  // Who takes tiles long before they can be computed may be left with them in the end.
  __device__ __forceinline__ void publish() {
    arrive(smem_.tile_ready(tiles_.slot()));
    if (takes_tiles()) wait(smem_.tile_loading(tiles_.slot()), tiles_.parity());
    tiles_.advance();
  }

  // One by one: a scheduler has few registers.
  __device__ __forceinline__ static void copy_words(const HopperTile& from, HopperTile& to) {
    static_assert(sizeof(HopperTile) % 4 == 0);
    const auto* const words = reinterpret_cast<const uint32_t*>(&from);
#pragma unroll 1
    for (int i = 0; i < int(sizeof(HopperTile) / 4); ++i) {
      reinterpret_cast<uint32_t*>(&to)[i] = words[i];
    }
  }

  const HopperParams& params_;
  const Storage& smem_;
  typename Storage::TilePosition tiles_;
  int round_ = 0;
  uint32_t replays_ = 0;  // taken
  bool is_replay_;        // what is described now
};

}  // namespace attnkit::flash
