// FlashAttention-2 forward (Dao, 2023) for sm_80 and newer: each thread block keeps kBlockM queries
// of one head and goes through the keys it sees, kBlockN at a time.
#pragma once

#include <cstdint>

#include "attnkit/online_softmax.cuh"
#include "attnkit/tile_copy.cuh"
#include "attnkit/visibility.cuh"
#include "attnkit/warp_gemm.cuh"
#include "kernels/fa2_traits.cuh"
#include "kernels/kv_pipeline.cuh"
#include "kernels/query_operand.cuh"
#include "kernels/scale_softcap.cuh"
#include "kernels/tile_problem.cuh"
#include "params.h"

namespace attnkit::flash {

// The first of this warp's rows of the tile.
template <typename Traits>
__device__ __forceinline__ int warp_row() {
  return fresh_thread_index() / 32 * Traits::kWarpM;
}

// Whether some row of this warp sees some key of a block.
template <typename Traits>
__device__ __forceinline__ bool warp_sees(const TileProblem& problem, int block) {
  const int row = problem.tile.begin + warp_row<Traits>();
  const int key = block * Traits::kBlockN;
  return problem.band.seen_by_any({row, row + Traits::kWarpM}, problem.keys())
      .overlaps({key, key + Traits::kBlockN});
}

// What a warp carries from block to block.
template <typename Traits>
struct WarpState {
  QueryOperand<Traits> queries;
  OnlineSoftmax<Traits::kMTiles> softmax;
  float acc_o[Traits::kMTiles][Traits::kOTiles][4] = {};
};

// One block of keys: scores, softmax, output. Only kEdge blocks, which some row sees in part, are
// masked, and softcapped: a problem with softcap has edge blocks only.
template <typename Traits, bool kEdge>
__device__ __forceinline__ void attend_block(WarpState<Traits>& state,
                                             const KvPipeline<Traits>& pipeline,
                                             const FlashParams& params, const TileProblem& problem,
                                             int block) {
  using Element = typename Traits::Element;
  using KeyTile = typename Traits::KeyTile;
  pipeline.acquire_keys(block);
  if (kEdge && !warp_sees<Traits>(problem, block)) {
    pipeline.acquire_values(block);
    return;
  }
  float acc_s[Traits::kMTiles][Traits::kNTiles][4] = {};
  multiply_queries_keys<Element, KeyTile>(acc_s, state.queries, pipeline.keys(block));
  if constexpr (kEdge) {
    if (params.softcap_scale != 0.0f) apply_softcap(acc_s, params.softcap_scale);
    const int first = problem.tile.begin + warp_row<Traits>();
    hide_unseen(
        acc_s, problem.band, problem.keys(), [=](int row) { return first + row; },
        block * Traits::kBlockN);
  }
  state.softmax.update(acc_s, state.acc_o);
  pipeline.acquire_values(block);
  multiply_probabilities_values<Element, KeyTile>(state.acc_o, acc_s, pipeline.values(block));
}

// Normalises the rows of the tile and writes those of the part that is computed.
template <typename Traits>
__device__ __forceinline__ void write_output(WarpState<Traits>& state, const FlashParams& params,
                                             const TileProblem& problem, char* smem_q) {
  using Tile = typename Traits::QueryTile;
  const Range rows = problem.rows;
  // Each warp overwrites only the queries that it alone has read.
  state.softmax.finish();
  stage_rows<typename Traits::Element, Tile>(
      smem_q, warp_row<Traits>(), state.acc_o,
      [&](int m, int half) { return state.softmax.inverse_sum(m, half); });
  __syncthreads();
  const TileCopy<Tile, Traits::kThreads> copy(problem.o, params.o.row_stride,
                                              params.head_dim_v / 8);
  copy.store(smem_q, problem.tile.begin, rows);

  const int lane = threadIdx.x % 32;
  float* const softmax_lse = problem.softmax_lse;
  if (softmax_lse == nullptr || lane % 4 != 0) return;
#pragma unroll
  for (int m = 0; m < Traits::kMTiles; ++m) {
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int row = problem.tile.begin + warp_row<Traits>() + m * 16 + half * 8 + lane / 4;
      if (rows.contains(row)) softmax_lse[row] = state.softmax.log_sum_exp(m, half);
    }
  }
}

// Computes one part of a tile: goes once through the keys that its rows see.
template <typename Traits>
__device__ __forceinline__ void attend_tile(const FlashParams& params, const TileProblem& problem,
                                            char* smem) {
  const TileCopy<typename Traits::QueryTile, Traits::kThreads> query_copy(
      problem.q, params.q.row_stride, params.head_dim / 8);
  query_copy.load(smem_address(smem), problem.tile.begin, problem.rows);
  cp_async_commit();
  const KvPipeline<Traits> pipeline(smem_address(smem) + Traits::QueryTile::kBytes, params,
                                    problem);
  pipeline.start(problem.blocks.begin);
  cp_async_wait<KvPipeline<Traits>::kStartGroups>();
  if (params.flags & (kNegateQueries | kZeroQueries)) {
    query_copy.modify(smem, ScaleSign(params.flags));
  }
  __syncthreads();

  WarpState<Traits> state{{smem_address(smem), warp_row<Traits>()}, {params.scale_log2}};
  int block = problem.blocks.begin;
#pragma unroll 1
  for (; block < problem.whole_blocks.begin; ++block) {
    attend_block<Traits, true>(state, pipeline, params, problem, block);
  }
#pragma unroll 1
  for (; block < problem.whole_blocks.end; ++block) {
    attend_block<Traits, false>(state, pipeline, params, problem, block);
  }
#pragma unroll 1
  for (; block < problem.blocks.end; ++block) {
    attend_block<Traits, true>(state, pipeline, params, problem, block);
  }
  write_output(state, params, problem, smem);
}

// Grid: (tiles of queries, heads, batch).
template <typename Traits>
__global__ void __launch_bounds__(Traits::kThreads, Traits::kMinBlocks)
    fa2_fwd_kernel(const __grid_constant__ FlashParams params) {
  extern __shared__ __align__(128) char smem[];
  // In shared memory because registers are what the loop lacks.
  __shared__ TileProblem problem;
  if (threadIdx.x == 0) {
    // The last queries see the most keys when causal: they start first.
    describe_tile_problem<Traits::kBlockM, Traits::kBlockN>(
        params, params.first_batch + blockIdx.z, blockIdx.y, gridDim.x - 1 - blockIdx.x, problem);
  }
  __syncthreads();
  while (!problem.rows.empty()) {
    attend_tile<Traits>(params, problem, smem);
    if (problem.is_last_part()) return;
    __syncthreads();
    if (threadIdx.x == 0) problem.next_part<Traits::kBlockN>();
    __syncthreads();
  }
}

}  // namespace attnkit::flash
