#include "watchdog.h"

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace attnkit::flash::test {

Watchdog::Watchdog(int seconds) : patience_(seconds), thread_([this] { run(); }) {}

Watchdog::~Watchdog() {
  {
    const std::lock_guard lock(mutex_);
    ends_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Watchdog::watch(std::string what) {
  const std::lock_guard lock(mutex_);
  what_ = std::move(what);
  deadline_ = std::chrono::steady_clock::now() + patience_;
}

void Watchdog::rest() {
  const std::lock_guard lock(mutex_);
  deadline_ = kNever;
}

void Watchdog::run() {
  std::unique_lock lock(mutex_);
  while (!ends_) {
    changed_.wait_for(lock, std::chrono::milliseconds(200));
    if (ends_ || std::chrono::steady_clock::now() < deadline_) continue;
    std::printf("HANG, not done after %lld s:\n%s\n", (long long)patience_.count(), what_.c_str());
    std::fflush(stdout);
    std::_Exit(1);  // the other threads wait for the device
  }
}

}  // namespace attnkit::flash::test
