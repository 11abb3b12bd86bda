#include "short_work.h"

#include <algorithm>

namespace attnkit::cpu {

void run_alone(Work& work) {
  const AlignedBuffer scratch(std::max<size_t>(work.scratch_bytes(), 1));
  for (int64_t task = 0; task < work.tasks(); task++) work.run_task(task, scratch.data());
}

bool run_short(Engine& engine, Work& work, int threads, double alone) {
  if (engine.run_here(work, threads)) return true;
  if (alone > kShortMicroseconds) return false;
  run_alone(work);
  return true;
}

}  // namespace attnkit::cpu
