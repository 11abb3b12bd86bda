#include "launches.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <random>
#include <vector>

#include "case_values.h"
#include "cases.h"
#include "counters.h"
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
        workspace_(kMostWorkspaceBytes),
        counters_(kMostCounters) {}

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
    if (c.workspace_bytes() > 0)
      params.workspace = reinterpret_cast<uint64_t>(workspace_.as<void>());
    if (c.counters() > 0) params.counters = counters_.address();
    return launch_variant(launch.kernel.variant, params, nullptr);
  }

  // Empty when the outputs are written, finite and nothing else is.
  std::string fault(const Launch& launch) const {
    if (!counters_.are_zeros()) return "counters are not left as zeros";
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
  const Counters counters_;  // of all launches here
};

class Launcher {
 public:
  Launcher(const std::vector<NamedCase>& cases, const Options& options)
      : cases_(cases),
        options_(options),
        numbers_{DeviceBuffer(normal_numbers(false)), DeviceBuffer(normal_numbers(true))},
        slots_(kMostInRow),
        watchdog_(options.patience) {}

  // Launch `first` and those after it. Returns how many there were; 0 when the device is lost, or
  // no case is left.
  int launch_row(int first, int count) {
    std::vector<Launch> row;
    std::string text;
    for (int i = 0; i < count; ++i) {
      std::optional<Launch> launch = make_launch(first + i);
      if (!launch) return 0;
      text += launch->describe() + "\n";
      row.push_back(std::move(*launch));
    }
    watchdog_.watch(text);
    const bool is_alive = run(row);
    watchdog_.rest();
    return is_alive ? count : 0;
  }

  int passed() const { return passed_; }
  int failed() const { return failed_; }

 private:
  static constexpr int kMostTries = 1000;

  // Launch number `number`, of the next case that is small enough and for which there is a kernel;
  // nothing when there is none among many.
  std::optional<Launch> make_launch(int number) {
    for (int i = 0; i < kMostTries; ++i) {
      const NamedCase one = next_case();
      const auto kernels = runs_of(one.problem, options_.filter);
      CaseData data = place_data(one.problem);
      if (kernels.empty() || data.input_elements > kMostLaunchElements ||
          data.output_elements > kMostLaunchElements) {
        continue;
      }
      const uint64_t seed = one.problem.seed;
      const uint64_t turn = cases_.empty() ? seed >> 8 : uint64_t(number);
      const KernelRun& kernel = kernels[turn % kernels.size()];
      const AttentionCase c = kernel.apply(one.problem);
      if (c.workspace_bytes() > kMostWorkspaceBytes || c.counters() > kMostCounters) continue;
      const bool has_lse = seed % 2 == 0 && kVariants[kernel.variant].serves_lse;
      return Launch{one, std::move(data), kernel, has_lse};
    }
    return std::nullopt;
  }

  NamedCase next_case() {
    const int number = case_number_++;
    return cases_.empty() ? launch_case(options_.seed, number) : cases_[number % cases_.size()];
  }

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

  const std::vector<NamedCase>& cases_;
  const Options& options_;
  const DeviceBuffer numbers_[2];
  const std::vector<Slot> slots_;
  Watchdog watchdog_;
  int case_number_ = 0;
  int passed_ = 0, failed_ = 0;
};

}  // namespace

int run_launches(const std::vector<NamedCase>& cases, const Options& options) {
  Launcher launcher(cases, options);
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
