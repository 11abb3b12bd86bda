#include "fake_stream.h"

#include <atomic>
#include <chrono>

namespace fake {
namespace {

std::atomic<cudaError_t> loss{cudaSuccess};

}  // namespace

cudaError_t lost() { return loss; }
void lose(cudaError_t error) { loss = error; }

Stream::Stream(int device) : device_(device) {
  std::thread([this] { run(); }).detach();
}

void Stream::enqueue(Work work) {
  if (capturing) {
    captured.push_back(std::move(work));
    return;
  }
  const std::lock_guard lock(mutex_);
  queue_.push_back(std::move(work));
  changed_.notify_all();
}

void Stream::retire(Stream* stream) {
  const std::lock_guard lock(stream->mutex_);
  stream->retired_ = true;
  stream->changed_.notify_all();
}

void Stream::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return retired_ || !queue_.empty(); });
    if (queue_.empty()) return;  // the object stays: a handle used too late must not crash the test
    Work work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::microseconds(kWorkMicroseconds));
    work();
    lock.lock();
  }
}

void Mark::reach() {
  const std::lock_guard lock(mutex);
  const auto now = std::chrono::steady_clock::now().time_since_epoch();
  milliseconds = std::chrono::duration<double, std::milli>(now).count();
  happened = true;
  changed.notify_all();
}

void Mark::wait() {
  std::unique_lock lock(mutex);
  changed.wait(lock, [this] { return happened; });
}

}  // namespace fake
