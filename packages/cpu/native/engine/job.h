// A piece of work on its way through the engine.
#pragma once
#include "work.h"

namespace attnkit::cpu {

class Job {
 public:
  virtual ~Job() = default;
  virtual Work& work() = 0;
  virtual int threads() const = 0;
  // Called once, on the engine's thread, after the tasks have run or were given up: the engine
  // forgets the job before this, which may delete it. `out_of_memory`: nothing has run.
  virtual void finished(bool out_of_memory) noexcept = 0;
};

}  // namespace attnkit::cpu
