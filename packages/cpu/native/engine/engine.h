// The threads of this process: one that takes jobs in their order, and the pool that helps it.
#pragma once
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>

#include "job.h"
#include "pool.h"

namespace attnkit::cpu {

// Lives while any environment of the process uses it.
class Engine {
 public:
  Engine();
  // Runs no more jobs: those waiting are finished without having run. Joins all threads.
  ~Engine();

  // The job must live until it is finished. Throws std::system_error, and keeps nothing, when the
  // engine's thread cannot be started.
  void submit(Job* job);

  // Runs `work` on the calling thread and the pool. False, and nothing has run, while the pool has
  // other work. Throws std::bad_alloc.
  bool run_here(Work& work, int threads);

 private:
  void loop();

  Pool pool_;
  std::mutex pool_mutex_;  // held by the pool's caller
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> jobs_;
  bool stop_ = false;
  std::thread thread_;
};

// Counted over environments; the last one to let go ends the threads.
std::shared_ptr<Engine> shared_engine();

}  // namespace attnkit::cpu
