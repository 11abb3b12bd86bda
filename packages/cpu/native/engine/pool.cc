#include "pool.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#if defined(__linux__)
#include <pthread.h>
#include <sched.h>
#endif
#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace attnkit::cpu {
namespace {

// Longer than this between two calls and waking a thread costs little beside the call.
constexpr std::chrono::microseconds kSpin{200};
// Scratch that a thread keeps from call to call.
constexpr size_t kKeptScratch = size_t{8} << 20;
// A caller that has waited this often for the last tasks lets others run on its CPU.
constexpr int kPatience = 4000;
// Moving more workers than this between CPUs costs more than it can save.
constexpr size_t kMostMovedWorkers = 8;
constexpr int64_t kMostTasksAtOnce = UINT32_MAX;

uint32_t tasks_left(uint64_t ticket) { return static_cast<uint32_t>(ticket); }
int helpers(uint64_t ticket) { return static_cast<int>(ticket >> 32 & 0xffff); }
uint64_t next_ticket(uint64_t last, int threads, int64_t tasks) {
  return ((last >> 48) + 1) << 48 | static_cast<uint64_t>(threads) << 32 |
         static_cast<uint32_t>(tasks);
}

void pause() {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

}  // namespace

Pool::~Pool() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  for (std::thread& worker : workers_) worker.join();
}

void Pool::run(Work& work, int threads) {
  const int64_t tasks = work.tasks();
  threads = static_cast<int>(std::min<int64_t>({threads, tasks, 0xffff}));
  add_workers(threads - 1);
  reserve_scratch(static_cast<int>(workers_.size()) + 1, work.scratch_bytes());
  if (threads <= 1 || workers_.empty()) {
    for (int64_t task = 0; task < tasks; task++) work.run_task(task, scratch_data_[0]);
    return;
  }
  keep_workers_off_this_cpu();
  const int64_t leading = work.leading_tasks();
  for (int64_t first = 0, end = 0; first < tasks; first = end) {
    end = std::min(first < leading ? leading : tasks, first + kMostTasksAtOnce);
    if (end - first == 1) {
      work.run_task(first, scratch_data_[0]);
    } else {
      share_tasks(work, first, end, threads);
    }
  }
}

void Pool::share_tasks(Work& work, int64_t first, int64_t end, int threads) {
  work_ = &work;
  end_ = end;
  unfinished_.store(end - first, std::memory_order_relaxed);
  {
    std::lock_guard<std::mutex> lock(mutex_);
    ticket_.store(next_ticket(ticket_.load(), threads, end - first));
  }
  if (sleepers_.load() > 0) wake_.notify_all();
  take_tasks(0);
  for (int i = 0; unfinished_.load(std::memory_order_acquire) > 0; i++) {
    if (i < kPatience) {
      pause();
    } else {
      std::this_thread::yield();
    }
  }
}

void Pool::add_workers(int count) {
  while (static_cast<int>(workers_.size()) < count) {
    const int index = static_cast<int>(workers_.size()) + 1;
    try {
      workers_.emplace_back([this, index] { worker(index); });
    } catch (const std::system_error&) {
      return;
    }
    avoided_cpu_ = -1;
  }
}

// No worker runs while this does: there are no tasks to claim.
void Pool::reserve_scratch(int threads, size_t bytes) {
  if (static_cast<int>(scratch_.size()) < threads) scratch_.resize(threads);
  scratch_data_.resize(scratch_.size());
  for (size_t i = 0; i < scratch_.size(); i++) {
    if (bytes < kKeptScratch) scratch_[i].release_above(kKeptScratch);
    scratch_[i].reserve(std::max<size_t>(bytes, 64));
    scratch_data_[i] = scratch_[i].data();
  }
}

void Pool::take_tasks(int index) {
  uint64_t ticket = ticket_.load(std::memory_order_acquire);
  while (tasks_left(ticket) > 0 && index < helpers(ticket)) {
    if (!ticket_.compare_exchange_weak(ticket, ticket - 1, std::memory_order_acq_rel)) continue;
    work_->run_task(end_ - tasks_left(ticket), scratch_data_[index]);
    unfinished_.fetch_sub(1, std::memory_order_release);
    ticket = ticket_.load(std::memory_order_acquire);
  }
}

void Pool::worker(int index) {
  while (!stop_) {
    wait_for_ticket(index);
    take_tasks(index);
  }
}

void Pool::wait_for_ticket(int index) {
  const auto ready = [&] {
    const uint64_t ticket = ticket_.load();
    return stop_ || (tasks_left(ticket) > 0 && index < helpers(ticket));
  };
  const auto start = std::chrono::steady_clock::now();
  for (int i = 1; !ready(); i++) {
    pause();
    if (i % 64 != 0 || std::chrono::steady_clock::now() - start < kSpin) continue;
    std::unique_lock<std::mutex> lock(mutex_);
    sleepers_++;
    wake_.wait(lock, ready);
    sleepers_--;
  }
}

// Some schedulers wake a sleeping thread on the CPU of the one that woke it, behind it. Workers may
// therefore use every CPU that the caller may use, but for the one it is on.
void Pool::keep_workers_off_this_cpu() {
#if defined(__linux__)
  if (workers_.size() > kMostMovedWorkers) return;
  const int cpu = sched_getcpu();
  cpu_set_t allowed;
  if (cpu < 0 || cpu == avoided_cpu_) return;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  avoided_cpu_ = cpu;
  CPU_CLR(cpu, &allowed);
  if (CPU_COUNT(&allowed) == 0) return;
  for (std::thread& worker : workers_) {
    pthread_setaffinity_np(worker.native_handle(), sizeof allowed, &allowed);
  }
#endif
}

}  // namespace attnkit::cpu
