// What a thread block of a Hopper kernel keeps in shared memory, and the rings that its producer
// and consumers pass tiles through.
#pragma once

#include <cstdint>

#include "attnkit/mbarrier.cuh"
#include "attnkit/tensor_map.cuh"
#include "kernels/hopper/hopper_traits.cuh"
#include "kernels/hopper/products.cuh"
#include "kernels/hopper/replay_queue.cuh"
#include "kernels/tile_problem.cuh"

namespace attnkit::flash {

// One part of a tile of queries, and where it lies.
struct HopperTile {
  TileProblem problem;  // no rows: the stream of tiles ends here
  int batch, head, head_kv;
  int first_query, first_key;  // tokens at which the sequence starts in the tensors
  int number;                  // of the tile
  bool exact;                  // every block of keys is looked through for its maximum
  bool is_replay;              // its results overwrite those of before
  int is_queued;               // for a replay: 1 once a thread has seen to that
};

// Tiles lie at the start, at multiples of 1024 bytes; barriers and descriptions behind them.
// The warps of the first warpgroup: the producer, the scheduler, and two of the guard.
inline constexpr int kSchedulerThread = 32, kFirstGuardThread = 64, kGuardThreads = 64;

template <typename Traits>
struct SharedStorage {
  using QueryTile = typename Traits::QueryTile;
  using KeyTile = typename Traits::KeyTile;
  using ValueTile = typename Traits::ValueTile;

  static constexpr int kQueries = 0;
  static constexpr int kKeys = kQueries + Traits::kQueryStages * QueryTile::kBytes;
  static constexpr int kValues = kKeys + Traits::kStages * KeyTile::kBytes;
  static constexpr int kBarriers = kValues + Traits::kStages * ValueTile::kBytes;
  static constexpr int kBarrierCount =
      2 * Traits::kQueryStages + 6 * Traits::kStages + 3 * Traits::kTileSlots + 1;
  static_assert(Traits::kTileSlots <= ReplayQueue::kCapacity, "each may have to be replayed");
  static constexpr int kTiles = round_up(kBarriers + kBarrierCount * kBarrierBytes, 16);
  static constexpr int kReplays = kTiles + Traits::kTileSlots * int(sizeof(HopperTile));
  static constexpr int kBytes = kReplays + int(sizeof(ReplayQueue));
  // Dynamic shared memory starts wherever it starts.
  static constexpr int kAllocatedBytes = kBytes + 1024;

  uint32_t address;

  __device__ explicit SharedStorage(char* dynamic)
      : address((uint32_t(__cvta_generic_to_shared(dynamic)) + 1023u) & ~1023u) {}

  // What lies at an address.
  template <typename T>
  __device__ static T* pointer_to(uint32_t at) {
    return static_cast<T*>(__cvta_shared_to_generic(at));
  }

  __device__ uint32_t queries(int slot) const {
    return address + kQueries + slot * QueryTile::kBytes;
  }
  __device__ uint32_t keys(int slot) const { return address + kKeys + slot * KeyTile::kBytes; }
  __device__ uint32_t values(int slot) const {
    return address + kValues + slot * ValueTile::kBytes;
  }
  __device__ HopperTile& tile(int slot) const {
    return pointer_to<HopperTile>(address + kTiles)[slot];
  }

  __device__ ReplayQueue& replays() const { return *pointer_to<ReplayQueue>(address + kReplays); }

  // Where the queries of a tile are.
  using TilePosition = CompactRingPosition<Traits::kTileSlots>;
  __device__ __forceinline__ static CompactRingPosition<Traits::kQueryStages> queries_of(
      TilePosition tile) {
    return tile.template in<Traits::kQueryStages>();
  }

  // `full`: the tile is there. `empty`: every consumer is done with it. Of the queries of the
  // stream's end too, which are nothing.
  __device__ BarrierAddress queries_full(int slot) const { return barrier(slot); }
  __device__ BarrierAddress queries_empty(int slot) const {
    return barrier(Traits::kQueryStages + slot);
  }
  __device__ BarrierAddress keys_full(int slot) const { return stage_barrier(0, slot); }
  __device__ BarrierAddress keys_empty(int slot) const { return stage_barrier(1, slot); }
  __device__ BarrierAddress values_full(int slot) const { return stage_barrier(2, slot); }
  __device__ BarrierAddress values_empty(int slot) const { return stage_barrier(3, slot); }

  // Values of a block that some row sees in part are on their way: the guard, which skips the other
  // blocks, would else take the parity of another load for theirs.
  __device__ BarrierAddress guard_called(int slot) const { return stage_barrier(5, slot); }
  // Such values are fit to be multiplied.
  __device__ BarrierAddress values_guarded(int slot) const { return stage_barrier(4, slot); }

  // A tile is described, and nobody looks at its description any more: the producer, the guard's
  // warps and the consumers' have.
  __device__ BarrierAddress tile_ready(int slot) const { return tile_barrier(0, slot); }
  __device__ BarrierAddress tile_done(int slot) const { return tile_barrier(1, slot); }
  // The producer has come to it.
  __device__ BarrierAddress tile_loading(int slot) const { return tile_barrier(2, slot); }

  // Every consumer has come to the end of the stream: what it found to replay is known.
  __device__ BarrierAddress drained() const { return barrier(kBarrierCount - 1); }

  // At the end of the stream: whether another comes, of tiles that are still to be computed again.
  __device__ __forceinline__ bool replay_follows(const FlashParams& params) const {
    if (params.flags & kExactSoftmax) return false;
    wait(drained(), 0);
    return !replays().is_empty();
  }

  // By all threads, before __syncthreads(): the columns of ones behind the values.
  __device__ void init_ones() const {
    if constexpr (Traits::kSumsByProduct) {
      using Element = typename Traits::Element;
      constexpr int kLoaded = KeyTile::kPanels * KeyTile::kPanelBytes;
      constexpr int kWords = ValueTile::kPanelBytes / 4;
      const uint32_t ones = pack_pair<Element>(1.0f, 1.0f);
      for (int stage = 0; stage < Traits::kStages; ++stage) {
        uint32_t* const panel = pointer_to<uint32_t>(values(stage) + kLoaded);
        for (int i = threadIdx.x; i < kWords; i += Traits::kThreads) panel[i] = ones;
      }
      fence_for_copy_engine();
    }
  }

  // By one thread, before __syncthreads().
  __device__ void init_barriers() const {
    for (int slot = 0; slot < Traits::kQueryStages; ++slot) {
      init_barrier(queries_full(slot), 1);
      init_barrier(queries_empty(slot), Traits::kConsumers);
    }
    for (int slot = 0; slot < Traits::kStages; ++slot) {
      init_barrier(keys_full(slot), 1);
      init_barrier(keys_empty(slot), Traits::kConsumers);
      init_barrier(values_full(slot), 1);
      init_barrier(values_empty(slot), Traits::kConsumers);
      init_barrier(guard_called(slot), 1);
      init_barrier(values_guarded(slot), kGuardThreads);
    }
    for (int slot = 0; slot < Traits::kTileSlots; ++slot) {
      init_barrier(tile_ready(slot), 1);
      init_barrier(tile_loading(slot), 1);
      init_barrier(tile_done(slot), 1 + kGuardThreads / 32 + Traits::kConsumers * 4);
    }
    init_barrier(drained(), Traits::kConsumers);
    publish_barriers();
  }

 private:
  __device__ BarrierAddress barrier(int index) const {
    return address + kBarriers + index * kBarrierBytes;
  }
  __device__ BarrierAddress stage_barrier(int kind, int slot) const {
    return barrier(2 * Traits::kQueryStages + kind * Traits::kStages + slot);
  }
  __device__ BarrierAddress tile_barrier(int kind, int slot) const {
    return barrier(2 * Traits::kQueryStages + 6 * Traits::kStages + kind * Traits::kTileSlots +
                   slot);
  }
};

}  // namespace attnkit::flash
