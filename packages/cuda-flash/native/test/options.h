// The command line of the test program.
#pragma once

#include <cstdint>
#include <string>

namespace attnkit::flash::test {

enum class Mode { kCheck, kQuick, kReferenceOnly, kRepeat, kLaunches, kBench, kDecodeBench, kList };

struct Options {
  Mode mode = Mode::kCheck;
  int count = 0;  // of repetitions or launches
  int random_cases = 400;
  uint64_t seed = 20230817;
  int patience = 10;  // seconds after which a kernel hangs
  bool exact_softmax = false;
  std::string filter;
  std::string case_name;
  std::string fault;  // what is wrong with the command line
};

Options read_options(int argc, char** argv);

}  // namespace attnkit::flash::test
