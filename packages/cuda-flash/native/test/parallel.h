// Work that is shared out among all processors.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <thread>
#include <vector>

namespace attnkit::flash::test {

// Calls work(0) to work(count - 1), in any order, each once.
template <typename Work>
void for_each_parallel(size_t count, const Work& work) {
  std::atomic<size_t> next{0};
  const auto work_through = [&] {
    for (size_t i; (i = next++) < count;) work(i);
  };
  std::vector<std::thread> threads;
  const size_t workers = std::min<size_t>(count, std::thread::hardware_concurrency());
  for (size_t worker = 1; worker < workers; ++worker) threads.emplace_back(work_through);
  work_through();
  for (auto& thread : threads) thread.join();
}

}  // namespace attnkit::flash::test
