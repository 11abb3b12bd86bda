// Counters of a launch: zeros, as it has to leave them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "device_buffer.h"

namespace attnkit::flash::test {

class Counters {
 public:
  explicit Counters(int count) : count_(count), memory_(count * sizeof(int32_t)) {
    memory_.clear();
  }

  uint64_t address() const {
    return count_ == 0 ? 0 : reinterpret_cast<uint64_t>(memory_.as<void>());
  }

  bool are_zeros() const {
    std::vector<int32_t> values(count_);
    memory_.download(values);
    return std::all_of(values.begin(), values.end(), [](int32_t value) { return value == 0; });
  }

 private:
  int count_;
  DeviceBuffer memory_;
};

}  // namespace attnkit::flash::test
