// A kernel that never ends would hold the program, and the device, for ever.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <thread>

namespace attnkit::flash::test {

class Watchdog {
 public:
  explicit Watchdog(int seconds);
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  // What the device begins now. If it goes on for longer than the watchdog's time, the program
  // prints `what` and ends with exit status 1.
  void watch(std::string what);
  void rest();

 private:
  void run();

  const std::chrono::seconds patience_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string what_;
  std::chrono::steady_clock::time_point deadline_ = kNever;
  bool ends_ = false;
  std::thread thread_;  // last: it uses the others

  static constexpr auto kNever = std::chrono::steady_clock::time_point::max();
};

}  // namespace attnkit::flash::test
