// The product of two matrices as work for the engine.
#pragma once
#include <algorithm>

#include "../engine/work.h"
#include "../kernel_table.h"

namespace attnkit::cpu {

// The tasks of a projection whose memory somebody else keeps.
class ProjectionWork : public Work {
 public:
  ProjectionWork(const KernelTable& kernels, const Projection& projection, int threads)
      : kernels_(kernels), projection_(projection) {
    kernels.plan_projection(projection, threads, plan_);
  }
  int64_t tasks() const override { return plan_.tasks; }
  size_t scratch_bytes() const override { return plan_.scratch_bytes; }
  void run_task(int64_t task, char* scratch) noexcept override {
    kernels_.project(projection_, plan_, task, scratch);
  }
  const ProjectionPlan& plan() const { return plan_; }
  // How long it may take on so many threads, in microseconds, by a simple model.
  double estimate(int threads) const {
    const Projection& p = projection_;
    const double weights = static_cast<double>(p.input_width) * p.width;
    const double flops = 2.0 * p.tokens * weights;
    // Of a thread: 5 GFLOP/s for each lane, and 16 GB/s of weights that pass by once.
    const double work = flops / (5000.0 * kernels_.lanes) + weights * dtype_bytes(p.dtype) / 16000;
    return work / std::clamp<double>(static_cast<double>(plan_.tasks), 1, threads);
  }

 private:
  const KernelTable& kernels_;
  Projection projection_;
  ProjectionPlan plan_{};
};

// Packs all weights, a panel of columns a task: the copy that a call needs of memory that belongs
// to JavaScript, in the form in which the kernel reads it.
class PackingWork : public Work {
 public:
  PackingWork(const KernelTable& kernels, const Projection& projection, const ProjectionPlan& plan,
              float* packed)
      : kernels_(kernels), projection_(projection), panels_(plan.panels), packed_(packed) {}
  int64_t tasks() const override { return panels_; }
  size_t scratch_bytes() const override { return 0; }
  void run_task(int64_t task, char*) noexcept override {
    kernels_.pack_weights(projection_, task, packed_);
  }

 private:
  const KernelTable& kernels_;
  const Projection& projection_;
  int64_t panels_;
  float* packed_;
};

}  // namespace attnkit::cpu
