// One attention problem with its tensors, as work for the engine.
#pragma once
#include "../kernel_table.h"
#include "call.h"
#include "problem_values.h"

namespace attnkit::cpu {

// The tasks of a problem whose memory somebody else keeps.
class AttentionWork : public Work {
 public:
  AttentionWork(const KernelTable& kernels, const Problem& problem, int threads);
  int64_t tasks() const override { return plan_.tasks; }
  size_t scratch_bytes() const override { return plan_.scratch_bytes; }
  int64_t leading_tasks() const override { return plan_.prepare_tasks; }
  void run_task(int64_t task, char* scratch) noexcept override;
  const Problem& problem() const { return problem_; }
  // To be called before the first task. Throws std::bad_alloc.
  void reserve_workspace();

  // How long it may take on so many threads, in microseconds, by a simple model.
  double estimate(int threads) const;

 private:
  const KernelTable& kernels_;
  Problem problem_;
  Problem prepared_;  // what the tasks behind the leading ones are about
  TaskPlan plan_{};
  AlignedBuffer workspace_;
};

// attend(values, tensors, threads, done) → whether it is done already. Otherwise done(code?,
// message?) is called when the outputs are written.
napi_value attend(napi_env env, napi_callback_info info);

}  // namespace attnkit::cpu
