// One task of a projection: some rows of the input against some panels of the weights.
#pragma once
#include "gemm_block.h"

namespace attnkit::cpu {
namespace {

// Rows of a task at most: their sums and inputs stay in a second-level cache.
constexpr int64_t kMostRows = 512;
constexpr int64_t kLeastRows = 64;
// Panels that share each conversion of the input.
constexpr int64_t kSharingPanels = 4;

// Strides at which all rows of the input fall into the same few sets of a cache.
ATTNKIT_INLINE bool is_crowded(int64_t stride_bytes) { return stride_bytes % 2048 == 0; }

void plan_projection(const Projection& p, int32_t threads, ProjectionPlan& plan) {
  plan = ProjectionPlan{};
  plan.panels = ceil_div(p.width, kQueries);
  plan.packed_floats = (size_t)(p.input_width / rows_of_lane(p) * round_up(p.width, kLanes));
  plan.copies_input =
      p.dtype == kFloat32 ? p.tokens > kPackedRows && is_crowded(p.input_width * 4) : !uses_dots(p);
  plan.task_panels = plan.copies_input ? kSharingPanels : 1;
  plan.row_blocks = max(1, ceil_div(p.tokens, kMostRows));
  const int64_t wanted = 4 * (int64_t)threads;
  const auto tasks = [&] { return plan.row_blocks * ceil_div(plan.panels, plan.task_panels); };
  while (tasks() < wanted && plan.task_panels > 1) plan.task_panels /= 2;
  while (tasks() < wanted && p.tokens > plan.row_blocks * kLeastRows) plan.row_blocks++;
  plan.block_rows = round_up(ceil_div(p.tokens, plan.row_blocks), kRows);
  plan.row_blocks = ceil_div(p.tokens, max(1, plan.block_rows));
  plan.tasks = tasks();
  GemmScratch s;
  plan.scratch_bytes = lay_out(plan, nullptr, s);
}

// What a task works on; the same for all its blocks.
struct GemmContext {
  const Projection& p;
  const GemmScratch& s;
  int64_t first_row, rows;
  const char* input;  // of the rows, from the first column of the block
  int64_t input_stride;
};

struct PanelWeights {
  const float* data;
  int64_t stride;
};

// Asks for the weights of the next block while this one is multiplied, a few rows at a time.
ATTNKIT_INLINE void prefetch_weights(const Projection& p, const WeightBlock& next, int64_t first,
                                     int64_t count) {
  const int64_t bytes = dtype_bytes(p.dtype);
  const char* data = p.weights + (next.row * p.width + next.first_column) * bytes;
  for (int64_t k = first; k < min(next.depth, first + count); k++) {
    const char* row = data + k * p.width * bytes;
    for (int64_t at = 0; at < next.columns * bytes; at += 64) __builtin_prefetch(row + at, 0, 2);
  }
}

template <int R, int V>
ATTNKIT_INLINE void multiply_rows(const GemmContext& g, int64_t row, const WeightBlock& block,
                                  const PanelWeights& weights, float* sums) {
  const bool first = block.row == 0;
  const int64_t from = row * g.input_stride;
  if constexpr (kHasDots) {
    if (uses_dots(g.p)) {
      const uint16_t* input = reinterpret_cast<const uint16_t*>(g.input) + from;
      return dot_gemm_panel<R, V>(input, g.input_stride, weights.data, block.depth / 2, sums,
                                  first);
    }
  }
  gemm_panel<R, V>(reinterpret_cast<const float*>(g.input) + from, g.input_stride, weights.data,
                   weights.stride, block.depth, sums, first);
}

template <int V>
ATTNKIT_INLINE void multiply_block(const GemmContext& g, const WeightBlock& block,
                                   const PanelWeights& weights, const WeightBlock& next,
                                   float* sums) {
  const bool last = block.row + block.depth == g.p.input_width;
  const int64_t step = ceil_div(next.depth * kRows, g.rows);
  for (int64_t r = 0; r < g.rows; r += kRows, sums += kRows * V * kLanes) {
    prefetch_weights(g.p, next, r / kRows * step, step);
    with_count<kRows>(g.rows - r, [&](auto rows) ATTNKIT_INLINE_LAMBDA {
      multiply_rows<rows, V>(g, r, block, weights, sums);
    });
    if (last) store_product<V>(g.p, block, g.first_row + r, min(kRows, g.rows - r), sums);
  }
}

ATTNKIT_INLINE PanelWeights weights_of(const GemmContext& g, const WeightBlock& block) {
  const int64_t packed_stride = round_up(block.columns, kLanes);
  if (g.p.packed) return {packed_block(g.p, block), packed_stride};
  if (g.p.dtype == kFloat32 && g.p.tokens <= kPackedRows && block.columns == packed_stride) {
    const float* weights = reinterpret_cast<const float*>(g.p.weights);
    return {weights + block.row * g.p.width + block.first_column, g.p.width};
  }
  pack_block(g.p, block, g.s.weights);
  return {g.s.weights, packed_stride};
}

// The block after `panel` at `row`; without rows where there is none, or nothing to wait for.
ATTNKIT_INLINE WeightBlock next_block(const Projection& p, int64_t panel, int64_t row,
                                      int64_t first, int64_t end) {
  if (p.packed) return {};
  if (panel + 1 < end) return locate_weights(p, panel + 1, row);
  row += block_depth(p);
  if (row < p.input_width) return locate_weights(p, first, row);
  return {};
}

void project_task(const Projection& p, const ProjectionPlan& plan, int64_t task, char* scratch) {
  GemmScratch s;
  lay_out(plan, scratch, s);
  const int64_t groups = ceil_div(plan.panels, plan.task_panels);
  const int64_t first_row = task / groups * plan.block_rows;
  const int64_t first = task % groups * plan.task_panels;
  const int64_t end = min(plan.panels, first + plan.task_panels);
  const int64_t rows = min(plan.block_rows, p.tokens - first_row);
  GemmContext g{p, s, first_row, rows, reinterpret_cast<const char*>(s.input), kInputStride};
  int64_t row = 0;
  do {  // once without any rows too: the product is 0 then
    if (plan.copies_input) {
      copy_input(p, first_row, rows, row, min(kDepth, p.input_width - row), s.input);
    } else {
      g.input = p.input + (first_row * p.input_width + row) * dtype_bytes(p.dtype);
      g.input_stride = p.input_width;
    }
    for (int64_t panel = first; panel < end; panel++) {
      if (cancelled(p)) return;
      const WeightBlock block = locate_weights(p, panel, row);
      const WeightBlock next = next_block(p, panel, row, first, end);
      float* sums = s.sums + (panel - first) * plan.block_rows * kQueries;
      with_vectors(block, [&](auto vectors) ATTNKIT_INLINE_LAMBDA {
        multiply_block<vectors>(g, block, weights_of(g, block), next, sums);
      });
    }
    row += block_depth(p);
  } while (row < p.input_width);
}

// Packs all rows of one panel.
void pack_weights(const Projection& p, int64_t panel, float* packed) {
  WeightBlock block = locate_weights(p, panel, 0);
  block.depth = p.input_width;
  pack_block(p, block, packed + block.first_column * p.input_width / rows_of_lane(p));
}

}  // namespace
}  // namespace attnkit::cpu
