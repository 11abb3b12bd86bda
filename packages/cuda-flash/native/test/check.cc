#include "check.h"

#include <algorithm>
#include <cstdio>

#include "case_values.h"
#include "compare.h"
#include "device_run.h"
#include "error_ratio.h"
#include "runs.h"
#include "watchdog.h"

namespace attnkit::flash::test {

namespace {

constexpr uint32_t kGarbage[] = {0xffffffff, 0x7b7b7b7b};  // NaN, and large numbers

struct Tally {
  int passed = 0;
  int failed = 0;
  ErrorRatio exact, first_block;
};

class CaseCheck {
 public:
  CaseCheck(const NamedCase& one, Watchdog& watchdog)
      : one_(one),
        data_(make_data(one.problem)),
        expected_(compute_reference(one.problem, data_)),
        device_(one.problem, data_),
        watchdog_(watchdog) {}

  // False when the device is lost.
  bool run(const KernelRun& kernel, bool twice, Tally& tally) {
    const DeviceRun first = launch(kernel, kGarbage[0]);
    std::string fault = first.status.message;
    if (first.status.ok()) {
      const Comparison result = compare(one_.problem, data_, expected_, first);
      fault = result.fault;
      record(kernel, result.relative_norm, tally);
    }
    if (fault.empty() && twice) {
      if (!launch(kernel, kGarbage[1]).has_bits_of(first)) fault = "two runs differ";
    }
    fault.empty() ? ++tally.passed : ++tally.failed;
    if (!fault.empty()) print(kernel, fault);
    return first.status.code != StatusCode::kDeviceLost;
  }

 private:
  DeviceRun launch(const KernelRun& kernel, uint32_t garbage) {
    watchdog_.watch(kernel.name() + ", --case " + one_.name);
    const DeviceRun run = device_.run(kernel.variant, kernel.exact_softmax, garbage);
    watchdog_.rest();
    return run;
  }

  void record(const KernelRun& kernel, double error, Tally& tally) {
    if (is_fa2(kernel.variant)) {
      fa2_error_ = error;
    } else if (data_.output_elements >= 10'000) {
      (kernel.exact_softmax ? tally.exact : tally.first_block).add(error, fa2_error_, one_.name);
    }
  }

  void print(const KernelRun& kernel, const std::string& fault) const {
    AttentionCase c = one_.problem;
    c.exact_softmax = kernel.exact_softmax;
    std::printf("FAIL %s: %s: %s: %s\n", kernel.name().c_str(), one_.name.c_str(),
                c.describe().c_str(), fault.c_str());
    std::fflush(stdout);
  }

  const NamedCase& one_;
  const CaseData data_;
  const Reference expected_;
  const CaseOnDevice device_;
  Watchdog& watchdog_;
  double fa2_error_ = 0;
};

// Checks a case on every variant that serves it, with exact softmax and without.
bool check_case(const NamedCase& one, const Options& options, Watchdog& watchdog, Tally& tally) {
  const std::vector<KernelRun> kernels = runs_of(one.problem, options.filter);
  if (kernels.empty()) return true;
  CaseCheck check(one, watchdog);
  return std::all_of(kernels.begin(), kernels.end(), [&](const KernelRun& kernel) {
    return check.run(kernel, options.mode != Mode::kQuick, tally);
  });
}

}  // namespace

int run_checks(const std::vector<NamedCase>& cases, const Options& options) {
  Tally tally;
  Watchdog watchdog(options.patience);
  for (const NamedCase& one : cases) {
    if (!check_case(one, options, watchdog, tally)) {
      std::printf("the device is lost\n");
      break;
    }
  }
  tally.exact.print("error with exact softmax over fa2's");
  tally.first_block.print("error without over fa2's");
  std::printf("%zu cases, %d runs passed, %d failed\n", cases.size(), tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

}  // namespace attnkit::flash::test
