// Attention in float64 as work for the engine: of all rows, or of those asked for.
#pragma once
#include <vector>

#include "../engine/work.h"
#include "../kernel_table.h"
#include "head_reader.h"

namespace attnkit::cpu {

// Contiguous, as core's reference lays them out; of sampled rows one after the other.
struct Float64Results {
  std::vector<double> output, lse, qk, present_key, present_value;
};

class Float64Work : public Work {
 public:
  // `sampled`: with rows outside of the problem already refused; null is all rows. Throws
  // std::bad_alloc.
  Float64Work(const KernelTable& kernels, const Problem& problem, bool present,
              const std::vector<Float64Row>* sampled);
  int64_t tasks() const override { return row_tasks_ + present_tasks_; }
  size_t scratch_bytes() const override;
  void run_task(int64_t task, char* scratch) noexcept override;
  const Float64Results& results() const { return results_; }

 private:
  struct Group;
  Float64Row row_at(int64_t index) const;
  int64_t output_row(int64_t index, const Float64Row& row) const;
  void run_rows(int64_t first, int64_t end, double* scratch);
  void run_group(const Group& group, double* scratch);
  void score_group(const Group& group, double* scores, double* vector);
  void combine_group(const Group& group, const double* scores, double* vector);
  void fill_present(int64_t pair);

  const KernelTable& kernels_;
  Problem p_;
  HeadReader heads_;
  bool is_sampled_;
  std::vector<Float64Row> sampled_;
  int64_t rows_, group_rows_, row_tasks_, present_tasks_;
  Float64Results results_;
};

}  // namespace attnkit::cpu
