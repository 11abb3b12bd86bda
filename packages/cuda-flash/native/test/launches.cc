#include "launches.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "case_values.h"
#include "cases.h"
#include "device_buffer.h"
#include "runs.h"
#include "variants.h"
#include "watchdog.h"

namespace attnkit::flash::test {

namespace {

constexpr int kMostInRow = 8;
constexpr int kProgressStep = 2000;

// Normal numbers of either dtype; a launch takes its tensors from the front.
std::vector<uint16_t> normal_numbers(bool bfloat16) {
  std::mt19937 random{11};
  std::normal_distribution<float> normal;
  std::vector<uint16_t> numbers(kMostLaunchElements);
  for (size_t i = 0; i < numbers.size(); ++i) {
    // A period that is a prime is no head's, row's or tile's.
    numbers[i] = i < 100'003 ? encode(normal(random), bfloat16) : numbers[i - 100'003];
  }
  return numbers;
}

struct Launch {
  NamedCase one;
  CaseData data;
  KernelRun kernel;
  bool has_lse;

  std::string describe() const {
    return kernel.name() + " " + one.name + " " + kernel.apply(one.problem).describe();
  }
};

// Memory of one of the launches in a row.
class Slot {
 public:
  Slot()
      : indices_(kIndexBytes),
        output_((kMostLaunchElements + 2 * kGuard) * sizeof(uint16_t)),
        lse_(kMostLaunchElements * sizeof(float)),
        workspace_(kMostWorkspaceBytes) {}

  void prepare(const Launch& launch) const {
    indices_.upload(pack_indices(launch.data));
    output_.poison(launch.data.output_elements * sizeof(uint16_t));
    lse_.poison(launch.data.lse_elements * sizeof(float));
    workspace_.poison(launch.kernel.apply(launch.one.problem).workspace_bytes());
  }

  Status enqueue(const Launch& launch, const DeviceBuffer& input) const {
    const AttentionCase c = launch.kernel.apply(launch.one.problem);
    FlashParams params =
        make_params(c, launch.data, input.as<uint16_t>(), output_.as<uint16_t>(),
                    launch.has_lse ? lse_.as<float>() : nullptr, indices_.as<int32_t>());
    if (c.workspace_bytes() > 0) params.workspace = reinterpret_cast<uint64_t>(workspace_.as<void>());
    return launch_variant(launch.kernel.variant, params, nullptr);
  }

  // Empty when the outputs are written, finite and nothing else is.
  std::string fault(const Launch& launch) const {
    std::vector<uint16_t> output(launch.data.output_elements);
    output_.download(output);
    const uint16_t exponent = launch.one.problem.bfloat16 ? 0x7f80 : 0x7c00;
    const auto is_number = [&](uint16_t bits) { return (bits & exponent) != exponent; };
    const auto is_untouched = [](uint16_t bits) { return bits == kNan; };
    if (!std::all_of(output.begin() + kGuard, output.end() - kGuard, is_number)) {
      return "an output is not finite, or not written";
    }
    if (!std::all_of(output.begin(), output.begin() + kGuard, is_untouched) ||
        !std::all_of(output.end() - kGuard, output.end(), is_untouched)) {
      return "wrote outside the output";
    }
    if (!launch.has_lse) return "";
    std::vector<float> lse(launch.data.lse_elements);
    lse_.download(lse);
    const bool is_lse = std::none_of(lse.begin(), lse.end(),
                                     [](float x) { return std::isnan(x) || x == INFINITY; });
    return is_lse ? "" : "a log-sum-exp is NaN or infinite, or not written";
  }

 private:
  static constexpr size_t kIndexBytes = 4096;

  const DeviceBuffer indices_, output_, lse_, workspace_;
};

class Launcher {
 public:
  explicit Launcher(const Options& options)
      : options_(options),
        numbers_{DeviceBuffer(normal_numbers(false)), DeviceBuffer(normal_numbers(true))},
        slots_(kMostInRow),
        watchdog_(options.patience) {}

  // Launch `first` and those after it. Returns how many there were; 0 when the device is lost.
  int launch_row(int first, int count) {
    std::vector<Launch> row;
    std::string text;
    for (int i = 0; i < count; ++i) {
      NamedCase one = options_.case_name.empty() ? launch_case(options_.seed, first + i)
                                                 : find_case(options_.case_name, 0);
      const auto kernels = runs_of(one.problem, options_.filter);
      if (kernels.empty()) continue;
      const uint64_t seed = one.problem.seed;
      // A case that is run alone is run on each kernel in turn.
      const uint64_t turn = options_.case_name.empty() ? seed >> 8 : uint64_t(first + i);
      CaseData data = place_data(one.problem);
      row.push_back({one, std::move(data), kernels[turn % kernels.size()], seed % 2 == 0});
      text += row.back().describe() + "\n";
    }
    watchdog_.watch(text);
    const bool is_alive = run(row);
    watchdog_.rest();
    return is_alive ? count : 0;
  }

  int passed() const { return passed_; }
  int failed() const { return failed_; }

 private:
  bool run(const std::vector<Launch>& row) {
    for (size_t i = 0; i < row.size(); ++i) slots_[i].prepare(row[i]);
    std::vector<Status> statuses;
    for (size_t i = 0; i < row.size(); ++i) {
      statuses.push_back(slots_[i].enqueue(row[i], numbers_[row[i].one.problem.bfloat16]));
    }
    const Status end = cuda_status(cudaDeviceSynchronize(), "kernel");
    for (size_t i = 0; i < row.size(); ++i) {
      std::string fault = statuses[i].message;
      if (fault.empty()) fault = end.ok() ? slots_[i].fault(row[i]) : end.message;
      fault.empty() ? ++passed_ : ++failed_;
      if (!fault.empty()) std::printf("FAIL %s: %s\n", row[i].describe().c_str(), fault.c_str());
    }
    return end.ok();
  }

  const Options& options_;
  const DeviceBuffer numbers_[2];
  const std::vector<Slot> slots_;
  Watchdog watchdog_;
  int passed_ = 0, failed_ = 0;
};

}  // namespace

int run_launches(const Options& options) {
  Launcher launcher(options);
  int done = 0;
  while (done < options.count) {
    const int in_row = std::min(1 + done % kMostInRow, options.count - done);
    const int launched = launcher.launch_row(done, in_row);
    if (launched == 0) break;
    if (done / kProgressStep != (done + launched) / kProgressStep) {
      std::printf("%d launches\n", done + launched);
      std::fflush(stdout);
    }
    done += launched;
  }
  std::printf("%d launches passed, %d failed\n", launcher.passed(), launcher.failed());
  return launcher.failed() == 0 && launcher.passed() > 0 ? 0 : 1;
}

}  // namespace attnkit::flash::test
