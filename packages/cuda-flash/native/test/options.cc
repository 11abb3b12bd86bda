#include "options.h"

#include <cstdlib>

namespace attnkit::flash::test {

Options read_options(int argc, char** argv) {
  Options options;
  int i = 1;
  const auto value = [&]() -> std::string {
    if (i + 1 < argc) return argv[++i];
    options.fault = std::string(argv[i]) + " needs a value";
    return "";
  };
  const auto number = [&] {
    const std::string text = value();
    char* end = nullptr;
    const uint64_t read = std::strtoull(text.c_str(), &end, 10);
    if (text.empty() || *end != 0) options.fault = "not a number: " + text;
    return read;
  };
  for (; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--check") {
      options.mode = Mode::kCheck;
    } else if (flag == "--quick") {
      options.mode = Mode::kQuick;
    } else if (flag == "--reference-only") {
      options.mode = Mode::kReferenceOnly;
    } else if (flag == "--repeat") {
      options.mode = Mode::kRepeat;
      options.count = int(number());
    } else if (flag == "--launches") {
      options.mode = Mode::kLaunches;
      options.count = int(number());
    } else if (flag == "--bench") {
      options.mode = Mode::kBench;
    } else if (flag == "--bench-decode") {
      options.mode = Mode::kDecodeBench;
    } else if (flag == "--list") {
      options.mode = Mode::kList;
    } else if (flag == "--exact") {
      options.exact_softmax = true;
    } else if (flag == "--random") {
      options.random_cases = int(number());
    } else if (flag == "--seed") {
      options.seed = number();
    } else if (flag == "--patience") {
      options.patience = int(number());
    } else if (flag == "--filter") {
      options.filter = value();
    } else if (flag == "--case") {
      options.case_name = value();
    } else {
      options.fault = "no such flag: " + flag;
    }
  }
  return options;
}

}  // namespace attnkit::flash::test
