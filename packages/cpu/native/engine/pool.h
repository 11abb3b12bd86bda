// Threads that share the tasks of one piece of work with its caller.
#pragma once
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "aligned_buffer.h"
#include "work.h"

namespace attnkit::cpu {

// One caller at a time. The caller waits for tasks, never for threads: a worker that wakes too late
// finds nothing left and costs nothing. Workers spin a moment after work, then sleep.
class Pool {
 public:
  Pool() = default;
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  // Runs all tasks on up to `threads` threads, the caller's included. Throws std::bad_alloc before
  // anything has run. Where the system refuses more threads, those that there are do the work.
  void run(Work& work, int threads);

 private:
  void share_tasks(Work& work, int64_t first, int64_t end, int threads);
  void add_workers(int count);
  void reserve_scratch(int threads, size_t bytes);
  void worker(int index);
  void wait_for_ticket(int index);
  void take_tasks(int index);
  void keep_workers_off_this_cpu();

  std::vector<std::thread> workers_;
  std::vector<AlignedBuffer> scratch_;  // by thread; 0 is the caller's
  std::vector<char*> scratch_data_;
  std::mutex mutex_;
  std::condition_variable wake_;
  Work* work_ = nullptr;
  int64_t end_ = 0;  // one past the last task that the ticket counts
  int avoided_cpu_ = -1;
  // The current work: epoch, how many threads may help, tasks not yet taken. A task is claimed by
  // exchanging the whole, so whoever claims one may read work_: it cannot end before that task
  // does.
  alignas(64) std::atomic<uint64_t> ticket_{0};
  alignas(64) std::atomic<int64_t> unfinished_{0};
  alignas(64) std::atomic<int> sleepers_{0};
  std::atomic<bool> stop_{false};
};

}  // namespace attnkit::cpu
