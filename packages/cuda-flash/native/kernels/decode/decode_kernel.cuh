// Attention of few queries over many keys, which is bound by the reading of keys and values: thread
// blocks share the keys of a tile of rows, the warps of a block share its keys, and each warp holds
// all rows of the tile. (Split keys: Flash-Decoding, Dao et al. 2023.)
#pragma once

#include <cstdint>

#include "attnkit/dependent_launch.cuh"
#include "attnkit/online_softmax.cuh"
#include "attnkit/visibility.cuh"
#include "attnkit/warp_gemm.cuh"
#include "kernels/decode/cluster_combine.cuh"
#include "kernels/decode/combine_splits.cuh"
#include "kernels/decode/decode_tile.cuh"
#include "kernels/decode/decode_traits.cuh"
#include "kernels/decode/packed_queries.cuh"
#include "kernels/decode/warp_results.cuh"
#include "kernels/decode/warp_ring.cuh"
#include "kernels/decode/write_rows.cuh"
#include "kernels/query_operand.cuh"
#include "kernels/scale_softcap.cuh"
#include "params.h"

namespace attnkit::flash {

// What a warp carries from block to block.
template <typename Traits>
struct DecodeState {
  QueryOperand<Traits> queries;
  OnlineSoftmax<Traits::kMTiles> softmax;
  float acc_o[Traits::kMTiles][Traits::kOTiles][4] = {};
};

// One block of keys: scores, softmax, output. Only kEdge blocks, which some row sees in part, are
// masked, and softcapped: a problem with softcap has edge blocks only.
template <typename Traits, bool kEdge>
__device__ __forceinline__ void attend_block(DecodeState<Traits>& state,
                                             const WarpRing<Traits>& ring,
                                             const FlashParams& params, const DecodeTile& tile) {
  using Element = typename Traits::Element;
  using KeyTile = typename Traits::KeyTile;
  float acc_s[Traits::kMTiles][Traits::kNTiles][4] = {};
  multiply_queries_keys<Element, KeyTile>(acc_s, state.queries, ring.keys());
  if constexpr (kEdge) {
    if (params.softcap_scale != 0.0f) apply_softcap(acc_s, params.softcap_scale);
    hide_unseen(
        acc_s, tile.problem.band, tile.problem.keys(),
        [&](int row) { return tile.rows[row].query; }, ring.block() * Traits::kWarpN);
  }
  state.softmax.update(acc_s, state.acc_o);
  multiply_probabilities_values<Element, KeyTile>(state.acc_o, acc_s, ring.values());
}

// Hands on what the warps have found, by the way in which the splits of the tile are combined.
template <typename Traits>
__device__ __forceinline__ void write_part(DecodeState<Traits>& state, const FlashParams& params,
                                           const DecodeTile& tile,
                                           ClusterResults<Traits>& results) {
  share_results(results.warps, state.softmax, state.acc_o);
  if (uses_workspace(params)) {
    write_rows(results.warps, SplitRows(params, tile), tile, params.head_dim_v);
  } else if (params.num_splits > 1) {
    combine_in_cluster(results, params, tile);
  } else {
    const OutputRows<typename Traits::Element> output(params, tile);
    write_rows(results.warps, output, tile, params.head_dim_v);
  }
}

// Computes one part of a tile, as far as this block's keys go.
template <typename Traits>
__device__ __forceinline__ void attend_part(const FlashParams& params, const DecodeTile& tile,
                                            char* smem) {
  char* const smem_q = smem + Traits::kQueryOffset;
  const PackedQueries<Traits> queries(params, tile);
  WarpRing<Traits> ring(smem_address(smem), params, tile);
  ring.start();
  queries.store(smem_q);
  __syncthreads();
  DecodeState<Traits> state{{smem_address(smem_q), 0}, {params.scale_log2}};
  if constexpr (Traits::kQueriesInRegisters) __syncthreads();  // the ring takes their place

  const Range whole_blocks = tile.problem.whole_blocks;
#pragma unroll 1
  for (; ring.has_block(); ring.advance()) {
    ring.acquire();
    if (whole_blocks.contains(ring.block())) {
      attend_block<Traits, false>(state, ring, params, tile);
    } else {
      attend_block<Traits, true>(state, ring, params, tile);
    }
  }
  __syncthreads();
  write_part(state, params, tile, *reinterpret_cast<ClusterResults<Traits>*>(smem));
}

// Bytes of dynamic shared memory.
template <typename Traits>
constexpr int decode_smem_bytes() {
  constexpr int kResultBytes = sizeof(ClusterResults<Traits>);
  return Traits::kTileBytes > kResultBytes ? Traits::kTileBytes : kResultBytes;
}

// Grid: (heads of K, splits, batch and tiles of rows). Blocks that run at once read different heads
// of the same keys, which lie side by side in memory.
template <typename Traits>
__global__ void __launch_bounds__(Traits::kThreads, Traits::kMinBlocks)
    decode_kernel(const __grid_constant__ FlashParams params) {
  extern __shared__ __align__(128) char smem[];
  __shared__ DecodeTile tile;
  if (reads_indices(params)) wait_for_previous_kernel();
  describe_tile<Traits>(tile, params, blockIdx.x, blockIdx.y, blockIdx.z);
  __syncthreads();
  wait_for_previous_kernel();
  // Not before: blocks that only wait would take the places where this kernel's next ones belong.
  allow_next_kernel();
  TileProblem& problem = tile.problem;
  while (!problem.rows.empty()) {
    attend_part<Traits>(params, tile, smem);
    if (problem.is_last_part()) break;
    __syncthreads();
    if (threadIdx.x == 0) problem.next_part<Traits::kWarpN>();
    __syncthreads();
  }
  if (uses_workspace(params)) combine_if_last<Traits>(params, tile);
}

}  // namespace attnkit::flash
