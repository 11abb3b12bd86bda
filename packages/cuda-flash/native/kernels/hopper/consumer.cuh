// A consumer: a warpgroup that computes 64 queries of each tile. Its blocks of keys form one stream
// across tiles, in which the scores of a block are computed while the block before is multiplied
// with its values, and the softmax of either runs under the products of the other.
// (FlashAttention-3's schedule: Shah et al. 2024.)
#pragma once

#include "attnkit/tensor_map.cuh"
#include "kernels/hopper/edge_scores.cuh"
#include "kernels/hopper/epilogue.cuh"
#include "kernels/hopper/products.cuh"
#include "kernels/hopper/row_softmax.cuh"
#include "kernels/hopper/scale_sign.cuh"
#include "kernels/hopper/shared_storage.cuh"
#include "kernels/hopper/turns.cuh"

namespace attnkit::flash {

template <typename Traits>
class Consumer {
  using Storage = SharedStorage<Traits>;
  using Element = typename Traits::Element;
  using Softmax = RowSoftmax<Element, !Traits::kSumsByProduct, Traits::kPolynomialOf16>;

 public:
  __device__ Consumer(const HopperParams& params, const Storage& smem, int warpgroup)
      : params_(params),
        smem_(smem),
        warpgroup_(warpgroup),
        softmax_(params.flash.softmax_lse != 0) {}

  __device__ __forceinline__ void run() {
    Turns<Traits>(warpgroup_).begin();
    attend_stream();
    named_barrier_wait(kStaged + warpgroup_, kWarpgroupThreads);
    release(smem_.drained());
    if (!smem_.replay_follows(params_.flash)) return;
    // Written out, not a loop: after one, the compiler no longer knows that a warp's threads are
    // all at the same place of the rings, and what follows from that is computed by each.
    attend_stream();
  }

 private:
  // All tiles up to the end of the stream.
  __device__ __forceinline__ void attend_stream() {
    if (acquire_tile()) {
      begin_stream();
      for (;;) {
        attend_rest_of_tile();
        release_staged_slot();
        tiles_.advance();
        if (!acquire_tile()) {
          finish_stream();
          break;
        }
        cross_to_next_tile();
      }
    }
    release(smem_.queries_empty(queries().slot()));
    release_description(tiles_.slot());
    tiles_.advance();
  }

  // A value that is the same in all threads, which the compiler cannot know.
  __device__ __forceinline__ static int uniform(int value) { return __shfl_sync(~0u, value, 0); }
  __device__ __forceinline__ static Range uniform(Range range) {
    return {uniform(range.begin), uniform(range.end)};
  }

  __device__ auto queries() const { return Storage::queries_of(tiles_); }
  // The stage of the output, a block behind that of the scores.
  __device__ RingPosition<Traits::kStages> before() const { return stage_.previous(); }
  // In a register: from there the multiply-adds of a block run faster than from constant memory.
  __device__ __forceinline__ float scale_log2() const {
    float scale = params_.flash.scale_log2;
    asm volatile("" : "+f"(scale));
    return scale;
  }
  __device__ const HopperTile& current() const { return smem_.tile(tiles_.slot()); }
  __device__ int first_row(const HopperTile& tile) const {
    return tile.problem.tile.begin + warpgroup_ * Traits::kWarpgroupM;
  }

  // Waits for the next tile's queries; false when there are no more.
  __device__ __forceinline__ bool acquire_tile() const {
    wait(smem_.tile_ready(tiles_.slot()), tiles_.parity());
    wait(smem_.queries_full(queries().slot()), queries().parity());
    if (uniform(current().problem.rows.empty())) return false;
    const uint32_t flags = params_.flash.flags;
    if (flags & (kNegateQueries | kZeroQueries)) {
      const uint32_t rows = queries_of_warpgroup(queries().slot());
      fold_scale_sign<Traits>(Storage::template pointer_to<char>(rows), flags);
      fence_for_copy_engine();
      named_barrier_wait(kStaged + warpgroup_, kWarpgroupThreads);
    }
    return true;
  }

  __device__ __forceinline__ uint32_t queries_of_warpgroup(int slot) const {
    return smem_.queries(slot) + warpgroup_offset();
  }
  __device__ __forceinline__ int warpgroup_offset() const {
    return warpgroup_ * Traits::kWarpgroupM * Traits::QueryTile::kSwizzleBytes;
  }

  __device__ __forceinline__ static bool is_elected() {
    return fresh_thread_index() % kWarpgroupThreads == 0;
  }

  __device__ __forceinline__ void release(BarrierAddress barrier) const {
    if (is_elected()) arrive(barrier);
  }

  // Each warp for itself, when it has read what it needs.
  __device__ __forceinline__ void release_description(int slot) const {
    __syncwarp();
    if (fresh_thread_index() % 32 == 0) arrive(smem_.tile_done(slot));
  }

  // The first block of the first tile: nothing runs beside it.
  __device__ __forceinline__ void begin_stream() {
    const HopperTile& now = current();
    block_ = uniform(now.problem.blocks.end) - 1;
    float acc_s[Traits::kScores];
    wait(smem_.keys_full(stage_.slot), stage_.parity);
    Turns<Traits>(warpgroup_).await();
    wgmma_fence();
    issue_scores(acc_s);
    Turns<Traits>(warpgroup_).pass();
    wgmma_wait<0>();
    pin_registers(acc_s);
    release(smem_.keys_empty(stage_.slot));
    finish_query_reads();
    const bool is_edge = !now.problem.whole_blocks.contains(block_);
    if (is_edge) edit_edge(acc_s, now);
    softmax_.reset();
    softmax_.update(acc_s, scale_log2(), largest_sum());
    round_to_operand<Element, Traits::kKeySteps>(acc_s, reg_p_);
    accumulate_ = false;
    advance_stage(is_edge);
  }

  // The other blocks of the current tile.
  __device__ __forceinline__ void attend_rest_of_tile() {
    while (--block_ >= uniform(current().problem.blocks.begin)) {
      if (uniform(current().problem.whole_blocks).contains(block_)) {
        attend_whole_blocks();
      } else {
        attend_block<BlockKind::kEdge>();
      }
    }
  }

  // From `block_` down to the first whole block; `block_` is that one then.
  __device__ __forceinline__ void attend_whole_blocks() {
    const Range whole = uniform(current().problem.whole_blocks);
    // After edge blocks, some row may not have seen a key before its first whole block.
    const bool after_edges = whole.end < uniform(current().problem.blocks.end);
    const int unchecked_end = uniform(current().exact) ? whole.begin : whole.end - after_edges;
#pragma unroll 1
    for (; block_ >= max(unchecked_end, whole.begin); --block_) attend_block<BlockKind::kWhole>();
#pragma unroll 1
    for (; block_ >= whole.begin; --block_) attend_block<BlockKind::kUnchecked>();
    ++block_;
  }

  enum class BlockKind {
    kEdge,       // some row sees it in part
    kWhole,      // all rows see all of it
    kUnchecked,  // likewise, and the maxima that rows have will do
  };

  // Scores of `block_` beside the output of the block before.
  template <BlockKind kKind>
  __device__ __forceinline__ void attend_block() {
    constexpr bool kEdge = kKind == BlockKind::kEdge;
    release_staged_slot();
    float acc_s[Traits::kScores];
    start_products(acc_s);
    if constexpr (kEdge) edit_edge(acc_s, current());
    if constexpr (kKind == BlockKind::kUnchecked) {
      softmax_.update_unchecked(acc_s, scale_log2());
      finish_output();
      round_to_operand<Element, Traits::kKeySteps>(acc_s, reg_p_);
    } else {
      const bool raised = softmax_.update(acc_s, scale_log2(), largest_sum());
      finish_output();
      round_to_operand<Element, Traits::kKeySteps>(acc_s, reg_p_);
      if (raised) {
        keep_overflow();
        softmax_.correct(acc_o_);
      }
    }
    accumulate_ = true;
    advance_stage(kEdge);
  }

  // The sums from which on a tile is computed again. An exact one is not, whatever they are.
  __device__ __forceinline__ auto largest_sum() const {
    return [this] {
      return current().exact ? INFINITY : LargestSum<Element, !Traits::kSumsByProduct>::value;
    };
  }

  // A correction would hide sums that have come to the largest.
  __device__ __forceinline__ void keep_overflow() {
    if constexpr (Traits::kSumsByProduct) {
      constexpr int kSums = Traits::kHeadDim / 2;
#pragma unroll
      for (int i = kSums; i < kSums + 4; i += 2) {
        if (acc_o_[i] >= largest_sum()()) acc_o_[i] = INFINITY;
      }
    }
  }

  // The first block of the next tile beside the last output of the tile before.
  __device__ __forceinline__ void cross_to_next_tile() {
    const HopperTile& now = current();
    block_ = uniform(now.problem.blocks.end) - 1;
    float acc_s[Traits::kScores];
    start_products(acc_s);
    const bool is_edge = !now.problem.whole_blocks.contains(block_);
    if (is_edge) edit_edge(acc_s, now);
    Softmax finished = softmax_;
    softmax_.reset();
    softmax_.update(acc_s, scale_log2(), largest_sum());
    finish_output();
    round_to_operand<Element, Traits::kKeySteps>(acc_s, reg_p_);
    write_tile(finished);
    accumulate_ = false;
    advance_stage(is_edge);
  }

  // The last output of the last tile.
  __device__ __forceinline__ void finish_stream() {
    await_values();
    wgmma_fence();
    issue_output();
    finish_output();
    write_tile(softmax_);
    release_staged_slot();
  }

  // Issues the scores of the current stage and the output of the one before; the scores are there
  // when it returns.
  __device__ __forceinline__ void start_products(float (&acc_s)[Traits::kScores]) {
    wait(smem_.keys_full(stage_.slot), stage_.parity);
    Turns<Traits>(warpgroup_).await();
    wgmma_fence();
    issue_scores(acc_s);
    await_values();
    wgmma_fence();
    issue_output();
    Turns<Traits>(warpgroup_).pass();
    wgmma_wait<1>();
    pin_registers(acc_s);
    release(smem_.keys_empty(stage_.slot));
    finish_query_reads();
  }

  __device__ __forceinline__ void issue_scores(float (&acc_s)[Traits::kScores]) const {
    using Operand = typename Traits::RowOperand;
    const Operand queries(smem_.address, Storage::kQueries + warpgroup_offset());
    const Operand keys(smem_.address, Storage::kKeys);
    multiply_queries_keys<Traits>(
        acc_s, queries.template advanced<Traits::QueryTile::kBytes>(this->queries().slot()),
        keys.template advanced<Traits::KeyTile::kBytes>(stage_.slot));
    wgmma_commit();
  }

  __device__ __forceinline__ void issue_output() {
    const typename Traits::ValueOperand values(smem_.address, Storage::kValues);
    multiply_probabilities_values<Traits>(
        acc_o_, reg_p_, values.template advanced<Traits::ValueTile::kBytes>(before().slot),
        accumulate_);
    wgmma_commit();
  }

  // Values of a block that some row sees in part are read when the guard has seen to them.
  __device__ __forceinline__ void await_values() {
    if (before_is_edge_) {
      wait(smem_.values_guarded(before().slot), guarded_.take(before().slot));
    } else {
      wait(smem_.values_full(before().slot), before().parity);
    }
  }

  __device__ __forceinline__ void finish_output() {
    wgmma_wait<0>();
    pin_registers(acc_o_);
    pin_registers(reg_p_);
    release(smem_.values_empty(before().slot));
  }

  // Queries that results do not go back through are free after their last scores.
  __device__ __forceinline__ void finish_query_reads() const {
    if constexpr (!Traits::kStagesOutput) {
      if (block_ == current().problem.blocks.begin) {
        release(smem_.queries_empty(queries().slot()));
      }
    }
  }

  __device__ __forceinline__ void advance_stage(bool is_edge) {
    before_is_edge_ = is_edge;
    stage_.advance();
  }

  __device__ __forceinline__ void edit_edge(float (&acc_s)[Traits::kScores],
                                            const HopperTile& tile) const {
    apply_softcap(acc_s, params_.flash.softcap_scale);
    hide_unseen(acc_s, tile.problem.band, tile.problem.keys(), first_row(tile),
                block_ * Traits::kBlockN);
  }

  // Writes the results of a tile and gives its queries' slot back.
  __device__ __forceinline__ void write_tile(Softmax& softmax) {
    const int slot = tiles_.previous().slot();
    HopperTile& tile = smem_.tile(slot);
    const TileProblem& problem = tile.problem;
    const int row = first_row(tile);
    if constexpr (Traits::kSumsByProduct) {
      constexpr int kSums = Traits::kHeadDim / 2;
      softmax.take_sums(acc_o_[kSums], acc_o_[kSums + 2]);
    }
    if (!tile.exact && have_overflowed(softmax, problem.rows, row)) queue_replay(tile);
    softmax.finish();
    store_log_sum_exp(softmax, problem.softmax_lse, row, problem.rows);
    const float factor[2] = {softmax.inverse_sum(0), softmax.inverse_sum(1)};
    if (!store_by_copy_engine(factor, tile, row)) {
      store_rows<Traits>(acc_o_, factor, problem.o, params_.flash.o.row_stride,
                         params_.flash.head_dim_v, row, problem.rows);
    }
    release_description(slot);
  }

  // Through the memory of the tile's queries, where all 64 rows are of the tile or behind the
  // tensor's own end. Otherwise the queries' memory is given back.
  __device__ __forceinline__ bool store_by_copy_engine(const float (&factor)[2],
                                                       const HopperTile& tile, int row) {
    if constexpr (!Traits::kStagesOutput) return false;
    const int slot = Storage::queries_of(tiles_.previous()).slot();
    const Range rows = tile.problem.rows;
    const bool clips = params_.flash.cu_seqlens_q == 0 && rows.end == params_.flash.seqlen_q;
    if (rows.begin > row || (row + Traits::kWarpgroupM > rows.end && !clips)) {
      release(smem_.queries_empty(slot));
      return false;
    }
    const uint32_t smem = queries_of_warpgroup(slot);
    stage_rows<Traits>(acc_o_, factor, smem);
    fence_for_copy_engine();
    named_barrier_wait(kStaged + warpgroup_, kWarpgroupThreads);
    if (is_elected()) {
      // Stores of the copy engine overtake one another.
      if (tile.is_replay) wait_for_stores();
      store_panels(smem, {0, tile.first_query + row, tile.head, tile.batch});
    }
    is_staged_ = true;
    return true;
  }

  __device__ __forceinline__ void queue_replay(HopperTile& tile) const {
    if (atomicExch(&tile.is_queued, 1) == 0) smem_.replays().put(tile.number);
  }

  __device__ __forceinline__ void store_panels(uint32_t smem, TileCoordinates at) const {
    using Tile = typename Traits::QueryTile;
#pragma unroll
    for (int panel = 0; panel < Tile::kPanels; ++panel) {
      at.column = panel * Tile::kPanelColumns;
      store_tile(params_.o, smem + panel * Tile::kPanelBytes, at);
    }
    commit_stores();
  }

  // Gives the slot of the tile before back to the producer once its results have left it.
  __device__ __forceinline__ void release_staged_slot() {
    if (!Traits::kStagesOutput || !is_staged_) return;
    if (is_elected()) {
      wait_until_stores_have_read();
      arrive(smem_.queries_empty(Storage::queries_of(tiles_.previous()).slot()));
    }
    is_staged_ = false;
  }

  const HopperParams& params_;
  const Storage& smem_;
  const int warpgroup_;
  Softmax softmax_;
  typename Storage::TilePosition tiles_;
  RingPosition<Traits::kStages> stage_;  // of the scores
  bool before_is_edge_;
  SlotParities guarded_;
  int block_;
  bool accumulate_;         // whether the next product adds to the output
  bool is_staged_ = false;  // results of the tile before are in its queries' memory
  float acc_o_[Traits::kOutputs];
  uint32_t reg_p_[Traits::kKeySteps][4];
};

}  // namespace attnkit::flash
