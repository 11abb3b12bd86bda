#include "check.h"

#include <atomic>
#include <cstdio>
#include <memory>
#include <mutex>
#include <optional>

#include "case_values.h"
#include "compare.h"
#include "device_run.h"
#include "error_ratio.h"
#include "parallel.h"
#include "runs.h"
#include "watchdog.h"

namespace attnkit::flash::test {

namespace {

constexpr uint32_t kGarbage[] = {0xffffffff, 0x7b7b7b7b};  // NaN, and large numbers

// What all cases share: the device, which computes one at a time, and the result.
class Session {
 public:
  explicit Session(int patience) : watchdog_(patience) {}

  std::unique_ptr<const CaseOnDevice> upload(const NamedCase& one, const CaseData& data) {
    const std::lock_guard lock(device_mutex_);
    if (is_lost_) return nullptr;
    return std::make_unique<const CaseOnDevice>(one.problem, data);
  }

  DeviceRun launch(const NamedCase& one, const CaseOnDevice& device, const KernelRun& kernel,
                   std::optional<uint32_t> garbage) {
    const std::lock_guard lock(device_mutex_);
    watchdog_.watch(kernel.name() + ", --case " + one.name);
    const DeviceRun run = device.run(kernel, garbage);
    watchdog_.rest();
    if (run.status.code == StatusCode::kDeviceLost) is_lost_ = true;
    return run;
  }

  bool is_lost() const { return is_lost_; }

  void record(const NamedCase& one, const KernelRun& kernel, const std::string& fault) {
    const std::lock_guard lock(mutex_);
    fault.empty() ? ++passed_ : ++failed_;
    if (fault.empty()) return;
    std::printf("FAIL %s: %s: %s: %s\n", kernel.name().c_str(), one.name.c_str(),
                kernel.apply(one.problem).describe().c_str(), fault.c_str());
    std::fflush(stdout);
  }

  void record_error(const NamedCase& one, const KernelRun& kernel, double error, double fa2_error) {
    const std::lock_guard lock(mutex_);
    (kernel.exact_softmax ? exact_ : first_block_).add(error, fa2_error, one.name);
  }

  // Returns the exit status.
  int finish(size_t cases) const {
    exact_.print("error with exact softmax over fa2's");
    first_block_.print("error without over fa2's");
    if (is_lost_) std::printf("the device is lost\n");
    std::printf("%zu cases, %d runs passed, %d failed\n", cases, passed_, failed_);
    return failed_ == 0 && passed_ > 0 ? 0 : 1;
  }

 private:
  std::mutex device_mutex_, mutex_;
  Watchdog watchdog_;
  std::atomic<bool> is_lost_{false};
  int passed_ = 0;
  int failed_ = 0;
  ErrorRatio exact_, first_block_;
};

// One case against its reference.
class CaseCheck {
 public:
  CaseCheck(const NamedCase& one, Session& session)
      : one_(one),
        session_(session),
        data_(make_data(one.problem)),
        expected_(compute_reference(one.problem, data_)),
        device_(session.upload(one, data_)) {}

  void run(const KernelRun& kernel, bool twice) {
    session_.record(one_, kernel, twice ? find_fault_or_difference(kernel) : find_fault(kernel));
  }

 private:
  std::string find_fault(const KernelRun& kernel) {
    return fault_of(kernel, session_.launch(one_, *device_, kernel, std::nullopt));
  }

  std::string find_fault_or_difference(const KernelRun& kernel) {
    const DeviceRun first = session_.launch(one_, *device_, kernel, kGarbage[0]);
    const std::string fault = fault_of(kernel, first);
    if (!fault.empty()) return fault;
    const DeviceRun second = session_.launch(one_, *device_, kernel, kGarbage[1]);
    return second.has_bits_of(first) ? "" : "two runs differ";
  }

  std::string fault_of(const KernelRun& kernel, const DeviceRun& run) {
    if (!run.status.ok()) return run.status.message;
    const Comparison result = compare(one_.problem, data_, expected_, run);
    record_error(kernel, result.relative_norm);
    return result.fault;
  }

  // The fa2 kernels come first.
  void record_error(const KernelRun& kernel, double error) {
    if (is_fa2(kernel.variant)) {
      fa2_error_ = error;
    } else if (data_.output_elements >= kEnoughElements) {
      session_.record_error(one_, kernel, error, fa2_error_);
    }
  }

  static constexpr int64_t kEnoughElements = 10'000;  // for an error not to be chance

  const NamedCase& one_;
  Session& session_;
  const CaseData data_;
  const Reference expected_;
  const std::unique_ptr<const CaseOnDevice> device_;  // null when the device is lost
  double fa2_error_ = 0;
};

// Checks a case on every variant that serves it, with exact softmax and without.
void check_case(const NamedCase& one, const Options& options, Session& session) {
  const std::vector<KernelRun> kernels =
      runs_of(one.problem, options.filter, options.mode == Mode::kQuick);
  if (kernels.empty()) return;
  CaseCheck check(one, session);
  for (const KernelRun& kernel : kernels) {
    if (session.is_lost()) return;
    check.run(kernel, options.mode != Mode::kQuick);
  }
}

}  // namespace

int run_checks(const std::vector<NamedCase>& cases, const Options& options) {
  Session session(options.patience);
  for_each_parallel(cases.size(), [&](size_t i) {
    if (!session.is_lost()) check_case(cases[i], options, session);
  });
  return session.finish(cases.size());
}

}  // namespace attnkit::flash::test
