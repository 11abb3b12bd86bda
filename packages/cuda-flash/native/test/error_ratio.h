// How a kernel's error compares with that of another on the same inputs.
#pragma once

#include <cmath>
#include <cstdio>
#include <string>

namespace attnkit::flash::test {

class ErrorRatio {
 public:
  void add(double error, double other, const std::string& case_name) {
    if (error <= 0 || other <= 0) return;
    const double ratio = error / other;
    log_sum_ += std::log(ratio);
    ++count_;
    if (ratio <= largest_) return;
    largest_ = ratio;
    largest_case_ = case_name;
  }

  void print(const char* title) const {
    if (count_ == 0) return;
    std::printf("%s: geometric mean %.3f, largest %.3f (%s), of %d\n", title,
                std::exp(log_sum_ / count_), largest_, largest_case_.c_str(), count_);
  }

 private:
  double log_sum_ = 0;
  double largest_ = 0;
  int count_ = 0;
  std::string largest_case_;
};

}  // namespace attnkit::flash::test
