// What a task reads and writes, block by block: weights packed by panels of columns, rows of the
// input, sums that become the product.
#pragma once
#include "../projection.h"
#include "convert.h"
#include "gemm_panel.h"
#include "kernel_scratch.h"

namespace attnkit::cpu {
namespace {

// Rows of a panel that are worked on at a time: 24 KB, which stay in a first-level cache beside the
// rows of the input that meet them, and not more than a sum should have terms.
constexpr int64_t kDepth = kQueries * 4 * 256 > 24 << 10 ? (24 << 10) / (kQueries * 4) : 256;
// Rows of the input up to which a panel of weights is read in place: packing would not pay.
constexpr int64_t kPackedRows = 2 * kRows;

// Some rows of a panel: kQueries columns, fewer in the last panel.
struct WeightBlock {
  int64_t first_column, columns;
  int64_t row, depth;
};

struct GemmScratch {
  float* weights;  // [kDepth][kQueries]
  float* input;    // [rows][kDepth], when it is copied
  float* sums;     // [panel][rows][kQueries]
};

constexpr int64_t kInputStride = kDepth + kLanes;  // rows fall into other cache sets

ATTNKIT_INLINE size_t lay_out(const ProjectionPlan& plan, char* base, GemmScratch& s) {
  Arena arena{base};
  s.weights = arena.take<float>(kDepth * kQueries);
  s.input = arena.take<float>(plan.copies_input ? plan.block_rows * kInputStride : 0);
  s.sums = arena.take<float>(plan.task_panels * plan.block_rows * kQueries);
  return arena.used;
}

ATTNKIT_INLINE bool cancelled(const Projection& p) {
  return __atomic_load_n(p.cancel, __ATOMIC_RELAXED) != 0;
}

// Whether two rows of the weights meet two columns of the input at a time (bfloat16_dots.h).
ATTNKIT_INLINE bool uses_dots(const Projection& p) {
  return kHasDots && p.dtype == kBfloat16 && p.input_width % 2 == 0;
}

// Rows of the weights in each lane.
ATTNKIT_INLINE int64_t rows_of_lane(const Projection& p) { return uses_dots(p) ? 2 : 1; }

ATTNKIT_INLINE int64_t block_depth(const Projection& p) { return kDepth * rows_of_lane(p); }

ATTNKIT_INLINE WeightBlock locate_weights(const Projection& p, int64_t panel, int64_t row) {
  const int64_t column = panel * kQueries;
  return {column, min(kQueries, p.width - column), row, min(block_depth(p), p.input_width - row)};
}

// Vectors of a panel: f(V) with V as a constant.
template <class F>
ATTNKIT_INLINE void with_vectors(const WeightBlock& block, const F& f) {
  with_count<kVectors>(ceil_div(block.columns, kLanes), f);
}

// packed[depth][V·lanes], zeros behind the last column; pairs of rows where those are used.
ATTNKIT_INLINE void pack_block(const Projection& p, const WeightBlock& block, float* packed) {
  if (uses_dots(p)) {
    const HeadRows rows{p.weights, block.first_column, p.width};
    return pair_rows(rows, block.row, block.depth, block.columns,
                     reinterpret_cast<int32_t*>(packed), round_up(block.columns, kLanes));
  }
  with_vectors(block, [&](auto vectors) ATTNKIT_INLINE_LAMBDA {
    with_dtype(p.dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
      float* to = packed;
      int64_t from = block.row * p.width + block.first_column;
      for (int64_t k = 0; k < block.depth; k++, from += p.width) {
        for (int v = 0; v < vectors; v++, to += kLanes) {
          const int64_t left = block.columns - v * kLanes;
          store(to, load_as_float(p.weights, from + v * kLanes, dtype, left));
        }
      }
    });
  });
}

// Where a block lies in the weights that pack_weights has packed.
ATTNKIT_INLINE const float* packed_block(const Projection& p, const WeightBlock& block) {
  const int64_t width = round_up(block.columns, kLanes), lane_rows = rows_of_lane(p);
  return p.packed + (block.first_column * p.input_width + block.row * width) / lane_rows;
}

ATTNKIT_INLINE void copy_input(const Projection& p, int64_t first_row, int64_t rows, int64_t column,
                               int64_t depth, float* copy) {
  with_dtype(p.dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
    for (int64_t r = 0; r < rows; r++) {
      const int64_t from = (first_row + r) * p.input_width + column;
      for (int64_t k = 0; k < depth; k += kLanes) {
        const Vec x = load_as_float(p.input, from + k, dtype, depth - k);
        store(copy + r * kInputStride + k, x);
      }
    }
  });
}

// Rounds sums[rows][V·lanes] into the product.
template <int V>
ATTNKIT_INLINE void store_product(const Projection& p, const WeightBlock& block, int64_t first_row,
                                  int64_t rows, const float* sums) {
  with_dtype(p.dtype, [&](auto dtype) ATTNKIT_INLINE_LAMBDA {
    for (int64_t r = 0; r < rows; r++) {
      const int64_t to = (first_row + r) * p.width + block.first_column;
      for (int v = 0; v < V; v++, sums += kLanes) {
        store_as(p.product, to + v * kLanes, dtype, load(sums), block.columns - v * kLanes);
      }
    }
  });
}

}  // namespace
}  // namespace attnkit::cpu
