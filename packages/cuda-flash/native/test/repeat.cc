#include "repeat.h"

#include <cstdio>

#include "case_values.h"
#include "device_run.h"
#include "runs.h"
#include "variants.h"
#include "watchdog.h"

namespace attnkit::flash::test {

namespace {

// Empty when all launches gave the same.
std::string repeat(const CaseOnDevice& device, const KernelRun& kernel, int count) {
  const auto launch = [&](int number) {
    return device.run(kernel, uint32_t(number) * 0x01010101u);
  };
  const DeviceRun first = launch(0);
  if (!first.status.ok()) return first.status.message;
  for (int number = 1; number < count; ++number) {
    const DeviceRun next = launch(number);
    if (!next.status.ok()) return next.status.message;
    if (!next.has_bits_of(first)) {
      return "launch " + std::to_string(number) + " differs from the first";
    }
  }
  return "";
}

}  // namespace

int run_repeats(const std::vector<NamedCase>& cases, const Options& options) {
  Watchdog watchdog(options.patience);
  int passed = 0, failed = 0;
  for (const auto& [name, problem] : cases) {
    const std::vector<KernelRun> kernels = runs_of(problem, options.filter);
    if (kernels.empty()) continue;
    const CaseData data = make_data(problem);
    const CaseOnDevice device(problem, data);
    for (const KernelRun& kernel : kernels) {
      watchdog.watch(kernel.name() + ", --repeat " + std::to_string(options.count) + " --case " +
                     name);
      const std::string fault = repeat(device, kernel, options.count);
      watchdog.rest();
      fault.empty() ? ++passed : ++failed;
      if (fault.empty()) continue;
      std::printf("FAIL %s: %s: %s: %s\n", kernel.name().c_str(), name.c_str(),
                  problem.describe().c_str(), fault.c_str());
    }
  }
  std::printf("%d times %d launches the same, %d times not\n", passed, options.count, failed);
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace attnkit::flash::test
