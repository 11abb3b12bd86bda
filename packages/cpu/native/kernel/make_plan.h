// How a problem is cut into tasks.
#pragma once
#include "append_task.h"
#include "attention_task.h"
#include "decode_task.h"
#include "prepare_task.h"

namespace attnkit::cpu {
namespace {

// Queries and results of a block, transposed, should leave room in a second-level cache.
constexpr int64_t kMostBlockBytes = 1 << 18;

// Larger blocks of rows share each reading of the keys; more of them are easier to share out. The
// last rows of all are small blocks, so that threads end together.
ATTNKIT_INLINE void choose_row_blocks(const Problem& p, int64_t units, int64_t steps,
                                      int32_t threads, TaskPlan& plan) {
  const int64_t wanted = max(16, 4 * (int64_t)threads);
  const int64_t bytes = plan.row_step * (p.head_dim + p.head_dim_v) * 4;
  const int64_t most_steps = clamp(kMostBlockBytes / bytes, 1, kMaxSubBlocks);
  const int64_t least = max(ceil_div(steps, most_steps), ceil_div(wanted, units));
  plan.row_blocks = clamp(least, 1, steps);
  plan.block_rows = ceil_div(steps, plan.row_blocks) * plan.row_step;
  if (threads > 1) plan.tail_steps = min(steps, (threads - 1) * plan.block_rows / plan.row_step);
}

// Blocks of all units, the tail's included.
ATTNKIT_INLINE int64_t count_blocks(const TaskPlan& plan, int64_t units, int64_t steps) {
  const int64_t body = ceil_div((steps - plan.tail_steps) * plan.row_step, plan.block_rows);
  return (units - 1) * plan.row_blocks + body + plan.tail_steps;
}

// Keys of the longest sequence, as far as they are looked at.
ATTNKIT_INLINE int64_t longest_keys(const Problem& p) {
  if (p.qk || p.cu_seqlens_q || (!p.past_lengths && !p.key_lengths)) {
    return p.qk ? p.seqlen_k : open_keys(p, 0, p.seqlen_k);
  }
  int64_t longest = 0;
  for (int64_t b = 0; b < p.batch; b++) {
    longest = max(longest, open_keys(p, b, past_keys(p, b) + p.seqlen_k - p.past_length));
  }
  return longest;
}

// With too few blocks of rows the keys are split, by the problem alone: the order of sums, and so
// the result, must not depend on the number of threads.
ATTNKIT_INLINE void choose_splits(const Problem& p, int64_t blocks, TaskPlan& plan) {
  const int64_t wanted = plan.decode ? 64 : 32, least_keys = plan.decode ? 512 : 1024;
  const int64_t tile = plan.decode ? kDecodeKeys : kTileKeys;
  const int64_t keys = longest_keys(p);
  int64_t splits = 1;
  if (!p.qk && blocks > 0) {
    splits = clamp(ceil_div(wanted, blocks), 1, max(1, keys / least_keys));
  }
  plan.split_keys = max(tile, round_up(ceil_div(keys, splits), tile));
  plan.splits = max(1, ceil_div(keys, plan.split_keys));
}

void make_plan(const Problem& p, int32_t threads, TaskPlan& plan) {
  plan = TaskPlan{};
  const int64_t group = p.heads / p.heads_kv;
  plan.packed = group > 1 && p.seqlen_q < kQueries;
  plan.units = plan.packed ? p.heads_kv : p.heads;
  plan.rows = unit_rows(p, plan.packed, p.seqlen_q);
  plan.decode = !p.qk && plan.rows <= kDecodeRows;
  const int64_t units = p.batch * plan.units;
  plan.row_step = plan.decode ? kDecodeRows : kQueries;
  const int64_t steps = ceil_div(plan.rows, plan.row_step);
  choose_splits(p, units * steps, plan);
  plan.row_blocks = steps;
  plan.block_rows = plan.row_step;
  if (plan.splits == 1 && units * steps > 0) choose_row_blocks(p, units, steps, threads, plan);
  if (p.present_key.data || p.present_value.data) {
    plan.append_chunks = append_chunks(p);
    plan.append_tasks = p.batch * p.heads_kv * 2 * plan.append_chunks;
  }
  const int64_t blocks = units * steps > 0 ? count_blocks(plan, units, steps) : 0;
  if (plan.splits > 1) {
    plan.counter_bytes = (size_t)round_up(blocks * 4, 64);
    const int64_t floats = blocks * plan.splits * plan.block_rows * partial_width(p);
    plan.workspace_bytes = plan.counter_bytes + (size_t)floats * 4;
  }
  Scratch s;
  DecodeScratch d;
  plan.scratch_bytes =
      plan.decode ? lay_out(p, nullptr, d) : lay_out(p, plan.block_rows, nullptr, s);
  plan_preparing(p, plan);
  plan.tasks = plan.prepare_tasks + plan.append_tasks + blocks * plan.splits;
}

void run_task(const Problem& p, const TaskPlan& plan, int64_t task, char* scratch,
              char* workspace) {
  if (cancelled(p)) return;
  if (task < plan.prepare_tasks) return prepare_task(p, plan, task, scratch, workspace);
  int64_t rest = task - plan.prepare_tasks;
  if (rest < plan.append_tasks) return append_task(p, plan, rest);
  rest -= plan.append_tasks;
  if (plan.decode) return decode_task(p, plan, rest, scratch, workspace);
  attention_task(p, plan, rest, scratch, workspace);
}

}  // namespace
}  // namespace attnkit::cpu
