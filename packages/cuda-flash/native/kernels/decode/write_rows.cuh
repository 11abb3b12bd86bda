// Writes the rows of a decode tile once its warps have shared their results: to the output where no
// other thread block has keys of these rows, else to the workspace.
#pragma once

#include <cstdint>

#include "attnkit/mma_sync.cuh"
#include "kernels/decode/decode_tile.cuh"
#include "kernels/decode/partial_rows.cuh"
#include "kernels/decode/warp_results.cuh"
#include "params.h"

namespace attnkit::flash {

template <typename Element>
__device__ __forceinline__ void store_columns(char* target, const float (&v)[8]) {
  *reinterpret_cast<uint4*>(target) = uint4{pack2<Element>(v[0], v[1]), pack2<Element>(v[2], v[3]),
                                            pack2<Element>(v[4], v[5]), pack2<Element>(v[6], v[7])};
}

template <typename Element>
__device__ __forceinline__ void store_columns(char* target, const float (&v)[4]) {
  *reinterpret_cast<uint2*>(target) = uint2{pack2<Element>(v[0], v[1]), pack2<Element>(v[2], v[3])};
}

template <typename Element>
__device__ __forceinline__ void store_columns(char* target, const float (&v)[2]) {
  *reinterpret_cast<uint32_t*>(target) = pack2<Element>(v[0], v[1]);
}

// The output itself.
template <typename Element>
class OutputRows {
 public:
  __device__ OutputRows(const FlashParams& params, const DecodeTile& tile)
      : params_(params), tile_(tile) {}

  template <int kCount>
  __device__ __forceinline__ void store(PackedRow row, int column,
                                        const float (&values)[kCount]) const {
    store_columns<Element>(tile_.problem.o + int64_t(row.query) * params_.o.row_stride +
                               row.head * params_.o.head_stride + column * int(sizeof(Element)),
                           values);
  }

  __device__ __forceinline__ void store_log_sum(PackedRow row, float log_sum) const {
    if (tile_.problem.softmax_lse == nullptr) return;
    const int head_stride = params_.cu_seqlens_q != 0 ? params_.lse_head_stride : params_.seqlen_q;
    tile_.problem.softmax_lse[int64_t(row.head) * head_stride + row.query] = log_sum * kLn2;
  }

 private:
  const FlashParams& params_;
  const DecodeTile& tile_;
};

// This block's part of them in the workspace.
class SplitRows {
 public:
  __device__ SplitRows(const FlashParams& params, const DecodeTile& tile)
      : partials_(params), tile_(tile), seqlen_q_(params.seqlen_q) {}

  __device__ __forceinline__ void store(PackedRow row, int column, const float (&v)[8]) const {
    auto* const target =
        reinterpret_cast<float4*>(partials_.output(number(row), tile_.split) + column);
    target[0] = float4{v[0], v[1], v[2], v[3]};
    target[1] = float4{v[4], v[5], v[6], v[7]};
  }

  __device__ __forceinline__ void store_log_sum(PackedRow row, float log_sum) const {
    *partials_.log_sum(number(row), tile_.split) = log_sum;
  }

 private:
  __device__ __forceinline__ int64_t number(PackedRow row) const {
    return tile_.partial_row(row, seqlen_q_);
  }

  PartialRows partials_;
  const DecodeTile& tile_;
  int seqlen_q_;
};

template <typename Traits, typename Rows>
__device__ __forceinline__ void write_rows(const WarpResults<Traits>& results, const Rows& rows,
                                           const DecodeTile& tile, int head_dim_v) {
  for (int i = threadIdx.x; i < Traits::kBlockM * Traits::kOTiles; i += Traits::kThreads) {
    const int column = i % Traits::kOTiles * 8;
    PackedRow row;
    if (column >= head_dim_v || !tile.find(i / Traits::kOTiles, row)) continue;
    float values[8];
    results.columns(i / Traits::kOTiles, column, values);
    rows.store(row, column, values);
  }
  for (int i = threadIdx.x; i < Traits::kBlockM; i += Traits::kThreads) {
    PackedRow row;
    if (tile.find(i, row)) rows.store_log_sum(row, results.log_sum(i));
  }
}

}  // namespace attnkit::flash
