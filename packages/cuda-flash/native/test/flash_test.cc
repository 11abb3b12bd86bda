// Runs the kernels without JavaScript: against a float64 reference on the CPU, and for speed.
//
//   flash_test [--check] [--random N] [--seed N]   listed and random cases, against the reference
//   flash_test --quick                             the fewest, for compute-sanitizer
//   flash_test --repeat N                          the same bits in N launches
//   flash_test --launches N [--seed N]             random launches, watched for hangs
//   flash_test --bench [--exact]                   TFLOP/s over the shapes of the seed
//   flash_test --bench-decode                      TB/s of the decode kernels, by splits
//   flash_test --reference-only                    the reference itself; needs no GPU
//   flash_test --list                              the kernels
//
// --filter TEXT   only kernels whose name contains TEXT
// --case NAME     only this case, e.g. one that failed before: listed-45, random-20230817-3
// --patience N    a kernel that has not ended after N seconds hangs
//
// Exit status: 0 passed, 1 a check failed or a kernel hangs, 2 usage or no device.
#include <cuda_runtime_api.h>

#include <cstdio>
#include <string>
#include <vector>

#include "bench.h"
#include "cases.h"
#include "check.h"
#include "launches.h"
#include "options.h"
#include "repeat.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

int list_variants() {
  for (int i = 0; i < kVariantCount; ++i) {
    const Variant& v = kVariants[i];
    std::printf("%3d %-36s %3d threads %6d bytes\n", i, v.name, v.threads, v.smem_bytes);
  }
  return 0;
}

// Of the current device; of an H200 where there is none.
int count_processors() {
  int device = 0, processors = 132;
  if (cudaGetDevice(&device) != cudaSuccess) return processors;
  cudaDeviceGetAttribute(&processors, cudaDevAttrMultiProcessorCount, device);
  return processors;
}

std::vector<NamedCase> select_cases(const Options& options) {
  const int processors = count_processors();
  if (!options.case_name.empty()) {
    return {find_case(options.case_name, processors)};
  }
  if (options.mode == Mode::kQuick) return quick_cases(processors);
  if (options.mode == Mode::kRepeat) return repeat_cases();
  if (options.mode == Mode::kLaunches) return {};
  std::vector<NamedCase> cases = listed_cases(processors);
  for (int i = 0; i < options.random_cases; ++i) cases.push_back(random_case(options.seed, i));
  for (int i = 0; i < options.random_cases / 2; ++i) cases.push_back(short_case(options.seed, i));
  return cases;
}

int run(const Options& options) {
  switch (options.mode) {
    case Mode::kList:
      return list_variants();
    case Mode::kBench:
      return run_bench(options.filter, options.exact_softmax);
    case Mode::kDecodeBench:
      return run_decode_bench();
    case Mode::kLaunches:
      return run_launches(select_cases(options), options);
    case Mode::kRepeat:
      return run_repeats(select_cases(options), options);
    case Mode::kReferenceOnly:
      return check_reference(select_cases(options));
    case Mode::kCheck:
    case Mode::kQuick:
      return run_checks(select_cases(options), options);
  }
  return 2;
}

}  // namespace

}  // namespace attnkit::flash::test

int main(int argc, char** argv) {
  using namespace attnkit::flash::test;
  Options options = read_options(argc, argv);
  if (!options.case_name.empty() && find_case(options.case_name, 1).name.empty()) {
    options.fault = "no such case: " + options.case_name;
  }
  if (options.fault.empty()) return run(options);
  std::fprintf(stderr, "%s; see the head of flash_test.cc\n", options.fault.c_str());
  return 2;
}
