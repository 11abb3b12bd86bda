// The one thing that an object of kernels exports: its table. The engine picks a table at run time.
#pragma once
#include "problem.h"
#include "projection.h"

namespace attnkit::cpu {

// How a problem is cut into tasks. Depends on the thread count only where results do not.
struct TaskPlan {
  int64_t tasks;           // those that prepare Q and K, that append to present, then attention
  int64_t prepare_tasks;   // 0 without norm and rotary embedding; all others wait for them
  int64_t prepare_tokens;  // of one such task
  size_t prepared_q, prepared_k;  // where in the workspace
  int64_t append_tasks;           // 0 without present
  int64_t append_chunks;          // tasks for one head of present, keys or values
  int64_t units;  // a batch: query heads, or key heads when their query heads are packed
  int64_t rows;   // rows of a unit: queries of all its heads, at most
  int64_t row_blocks, block_rows;  // of a unit, and rows at most
  int64_t row_step;                // blocks begin at multiples of it
  int64_t tail_steps;              // of the last unit, which are blocks by themselves
  int64_t splits, split_keys;
  bool packed;             // a unit holds all query heads of one key head
  bool decode;             // few rows: one at a time, lanes along the head
  size_t scratch_bytes;    // of each thread
  size_t workspace_bytes;  // shared by all tasks of the call, its counters zeroed
  size_t counter_bytes;    // at the start of the workspace
};

struct KernelTable {
  const char* name;  // avx512, avx2, sse2, neon
  int32_t lanes;
  int32_t queries;  // of one register block
  void (*plan)(const Problem&, int32_t threads, TaskPlan&);
  void (*run)(const Problem&, const TaskPlan&, int64_t task, char* scratch, char* workspace);
  // Makes of a problem what the tasks behind the first `prepare_tasks` are about.
  void (*use_prepared)(Problem&, const TaskPlan&, char* workspace);
  void (*plan_projection)(const Projection&, int32_t threads, ProjectionPlan&);
  void (*project)(const Projection&, const ProjectionPlan&, int64_t task, char* scratch);
  void (*pack_weights)(const Projection&, int64_t panel, float* packed);
  double (*dot)(const double*, const double*, int64_t n);
  void (*multiply_add)(double* sum, const double* x, double factor, int64_t n);
};

}  // namespace attnkit::cpu
