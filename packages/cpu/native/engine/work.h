// Something to compute: independent tasks, each with scratch memory of its thread.
#pragma once
#include <cstddef>
#include <cstdint>

namespace attnkit::cpu {

class Work {
 public:
  virtual ~Work() = default;
  virtual int64_t tasks() const = 0;
  // The first so many tasks are done before any other begins.
  virtual int64_t leading_tasks() const { return 0; }
  virtual size_t scratch_bytes() const = 0;
  // Called from several threads at once. Must not throw.
  virtual void run_task(int64_t task, char* scratch) noexcept = 0;
};

}  // namespace attnkit::cpu
