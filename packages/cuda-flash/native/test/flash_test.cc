// Runs the kernels without JavaScript: against a float64 reference on the CPU, and for speed.
//
//   flash_test [--check] [--random N] [--filter TEXT]   correctness; the default
//   flash_test --bench [--filter TEXT]                  TFLOP/s of each variant over the seed's
//   shapes flash_test --bench-decode                           TB/s of the decode kernels, by
//   splits flash_test --list                                   the variants
//
// Exit status 1 when a check failed. `--filter` keeps variants whose name contains TEXT.
#include <cuda_runtime.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "attention_case.h"
#include "attnkit/cuda_status.h"
#include "bench.h"
#include "device_buffer.h"
#include "short_query_cases.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

struct Tolerance {
  double relative_norm;
  double relative_max;
};

Tolerance tolerance_of(bool bfloat16) {
  return bfloat16 ? Tolerance{5e-3, 3e-2} : Tolerance{6e-4, 4e-3};
}

struct Reference {
  std::vector<double> output;  // (batch, head, query, head_dim), queries of the longest sequence
  std::vector<double> lse;
};

Reference compute_reference(const AttentionCase& c, const CaseData& data) {
  const int64_t rows = int64_t(c.batch) * c.num_heads * c.seqlen_q;
  Reference reference{std::vector<double>(rows * c.head_dim), std::vector<double>(rows)};
  const unsigned workers = std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (unsigned worker = 0; worker < workers; ++worker) {
    threads.emplace_back([&, worker] {
      for (int64_t row = worker; row < rows; row += workers) {
        const int query = int(row % c.seqlen_q);
        const int head = int(row / c.seqlen_q % c.num_heads);
        const int batch = int(row / c.seqlen_q / c.num_heads);
        if (query >= data.queries_of(c, batch)) continue;
        reference.lse[row] =
            reference_row(c, data, batch, query, head, reference.output.data() + row * c.head_dim);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  return reference;
}

struct DeviceRun {
  std::vector<uint16_t> output;
  std::vector<float> lse;
  Status status;
};

DeviceRun run_on_device(int variant, const AttentionCase& c, const CaseData& data) {
  const DeviceBuffer input(data.input);
  const DeviceBuffer output(data.output);
  const DeviceBuffer lse(data.softmax_lse);
  const DeviceBuffer indices(pack_indices(data));
  const DeviceBuffer partials(std::vector<float>(c.in_cluster ? 0 : c.partial_floats(),
                                                 std::numeric_limits<float>::quiet_NaN()));
  FlashParams params = make_params(c, data, input.as<uint16_t>(), output.as<uint16_t>(),
                                   lse.as<float>(), indices.as<int32_t>());
  params.partials = reinterpret_cast<uint64_t>(partials.as<float>());
  DeviceRun run{data.output, data.softmax_lse, launch_variant(variant, params, nullptr)};
  if (!run.status.ok()) return run;
  run.status = cuda_status(cudaDeviceSynchronize(), "kernel");
  if (!run.status.ok()) return run;
  output.download(run.output);
  lse.download(run.lse);
  return run;
}

// Empty when everything is right.
std::string compare(const AttentionCase& c, const CaseData& data, const Reference& expected,
                    const DeviceRun& actual) {
  std::vector<uint16_t> untouched = actual.output;
  double error2 = 0, norm2 = 0, worst = 0, largest = 0, worst_lse = 0;
  int64_t nans = 0;
  for (int b = 0; b < c.batch; ++b) {
    for (int head = 0; head < c.num_heads; ++head) {
      for (int query = 0; query < data.queries_of(c, b); ++query) {
        const int64_t row = (int64_t(b) * c.num_heads + head) * c.seqlen_q + query;
        const int64_t at = data.o.at(b, data.first_query(b) + query, head);
        for (int i = 0; i < c.head_dim; ++i) {
          const double want = expected.output[row * c.head_dim + i];
          const double got = decode(actual.output[at + i], c.bfloat16);
          if (std::isnan(got)) ++nans;
          error2 += (got - want) * (got - want);
          norm2 += want * want;
          worst = std::max(worst, std::fabs(got - want));
          largest = std::max(largest, std::fabs(want));
          untouched[at + i] = 0xffff;
        }
        const double want = expected.lse[row];
        const double got = actual.lse[data.lse_at(c, b, head, query)];
        if (std::isinf(want) || std::isinf(got) || std::isnan(got)) {
          if (got != want) return "log-sum-exp is not the -inf that is expected, or is one";
        } else {
          worst_lse = std::max(worst_lse, std::fabs(got - want) / std::max(1.0, std::fabs(want)));
        }
      }
    }
  }
  char text[160] = "";
  const Tolerance tolerance = tolerance_of(c.bfloat16);
  const double relative = norm2 == 0 ? std::sqrt(error2) : std::sqrt(error2 / norm2);
  const double relative_worst = largest == 0 ? worst : worst / largest;
  if (nans > 0) {
    std::snprintf(text, sizeof(text), "%lld NaN", (long long)nans);
  } else if (!(relative <= tolerance.relative_norm) ||
             !(relative_worst <= tolerance.relative_max)) {
    std::snprintf(text, sizeof(text), "error %.2e, largest %.2e", relative, relative_worst);
  } else if (!(worst_lse <= 1e-5)) {
    std::snprintf(text, sizeof(text), "log-sum-exp error %.2e", worst_lse);
  }
  for (const uint16_t bits : untouched) {
    if (bits != 0xffff) return std::string(text) + " wrote outside the output";
  }
  return text;
}

struct Tally {
  int passed = 0;
  int failed = 0;
};

// A way to run a kernel that should not show in its results.
struct Setting {
  bool exact_softmax;
  int splits;
  bool in_cluster;
};

bool runs_clusters() {
  int device = 0, major = 0, minor = 0;
  require(cudaGetDevice(&device), "cudaGetDevice");
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return major == 9 && minor == 0;
}

std::vector<Setting> settings_of(const Variant& v) {
  const std::string name = v.name;
  if (name.find("hopper") == 0) return {{true, 1, false}, {false, 1, false}};
  if (name.find("decode") != 0) return {{true, 1, false}};
  std::vector<Setting> all = {{true, 1, false}, {true, 3, false}, {true, 40, false}};
  static const bool with_clusters = runs_clusters();
  if (with_clusters) all.insert(all.end(), {{true, 2, true}, {true, 7, true}, {true, 16, true}});
  return all;
}

// Empty when everything is right.
std::string check_setting(int variant, const AttentionCase& c, const CaseData& data,
                          const Reference& expected, bool& device_lost) {
  const DeviceRun first = run_on_device(variant, c, data);
  device_lost = first.status.code == StatusCode::kDeviceLost;
  if (!first.status.ok()) return first.status.message;
  const std::string fault = compare(c, data, expected, first);
  if (!fault.empty()) return fault;
  const DeviceRun second = run_on_device(variant, c, data);
  return second.output == first.output ? "" : "two runs differ";
}

// Checks a case on every variant that serves it, in every setting.
bool check_case(AttentionCase c, const std::string& filter, Tally& tally) {
  const CaseData data = make_data(c);
  const Reference expected = compute_reference(c, data);
  for (int variant = 0; variant < kVariantCount; ++variant) {
    const Variant& v = kVariants[variant];
    if (!serves(v, c.head_dim, c.bfloat16) ||
        std::string(v.name).find(filter) == std::string::npos) {
      continue;
    }
    for (const Setting& setting : settings_of(v)) {
      c.exact_softmax = setting.exact_softmax;
      c.splits = setting.splits;
      c.in_cluster = setting.in_cluster;
      bool device_lost = false;
      const std::string fault = check_setting(variant, c, data, expected, device_lost);
      fault.empty() ? ++tally.passed : ++tally.failed;
      if (!fault.empty()) {
        std::printf("FAIL %s: %s: %s\n", v.name, c.describe().c_str(), fault.c_str());
      }
      if (device_lost) return false;
    }
  }
  return true;
}

// Each feature and each tile edge by itself.
std::vector<AttentionCase> listed_cases() {
  std::vector<AttentionCase> cases;
  const auto add = [&](auto change) {
    AttentionCase c;
    c.seed = cases.size() + 1;
    change(c);
    cases.push_back(c);
  };
  for (int d = 8; d <= 256; d += 8) {
    for (const bool bfloat16 : {false, true}) {
      add([&](AttentionCase& c) {
        c.head_dim = d, c.bfloat16 = bfloat16, c.seqlen_q = 150, c.seqlen_k = 203, c.num_heads = 3,
        c.num_heads_kv = 3, c.batch = 2;
      });
    }
  }
  for (const int d : {16, 32, 40, 64, 80, 96, 128, 160, 192, 256}) {
    for (const int s : {1, 7, 63, 64, 65, 127, 128, 129, 333, 512, 1000}) {
      const auto base = [&](AttentionCase& c) {
        c.head_dim = d, c.seqlen_q = c.seqlen_k = s, c.num_heads = c.num_heads_kv = 2;
      };
      add(base);
      add([&](AttentionCase& c) { base(c), c.causal = true; });
      add([&](AttentionCase& c) {
        base(c), c.seqlen_k = 77, c.causal = true, c.causal_offset = 77 - s;
      });
    }
    const auto base = [&](AttentionCase& c) {
      c.head_dim = d, c.batch = 3, c.seqlen_q = 190, c.seqlen_k = 270, c.num_heads = 4,
      c.num_heads_kv = 2;
    };
    const auto packed = [&](AttentionCase& c) {
      base(c), c.seqlen_k = c.seqlen_q, c.num_heads_kv = 4;
    };
    add(base);
    add([&](AttentionCase& c) { base(c), c.num_heads_kv = 1; });
    add([&](AttentionCase& c) { base(c), c.layout = Layout::kBnsh; });
    add([&](AttentionCase& c) { base(c), c.layout = Layout::kBsn2h; });
    add([&](AttentionCase& c) { packed(c), c.layout = Layout::kBsn3h; });
    add([&](AttentionCase& c) { base(c), c.varlen = true, c.batch = 5; });
    add([&](AttentionCase& c) { base(c), c.varlen = true, c.batch = 5, c.causal = true; });
    add([&](AttentionCase& c) { base(c), c.causal = true, c.offset_per_batch = true; });
    add([&](AttentionCase& c) { base(c), c.window_left = 30, c.window_right = 17; });
    add([&](AttentionCase& c) {
      base(c), c.window_left = 100, c.causal = true, c.causal_offset = 40;
    });
    add([&](AttentionCase& c) { base(c), c.scale = -0.2f; });
    add([&](AttentionCase& c) { base(c), c.scale = 3.0f, c.magnitude = 4.0f; });
    // Blocks that all rows see between such as some do.
    add([&](AttentionCase& c) { base(c), c.seqlen_k = 1500, c.window_left = 30; });
    add([&](AttentionCase& c) {
      base(c), c.seqlen_k = 1500, c.window_left = 700, c.causal = true, c.causal_offset = 1300;
    });
    add([&](AttentionCase& c) { base(c), c.seqlen_k = 2000, c.mask = Mask::kStartEnd; });
    for (const float rise : {-9.0f, 9.0f, -60.0f, 60.0f}) {
      const auto rising = [&](AttentionCase& c) { base(c), c.seqlen_k = 900, c.rise = rise; };
      add(rising);
      add([&](AttentionCase& c) { rising(c), c.causal = true, c.causal_offset = 700; });
      if (d != 64 && d != 128) continue;
      add([&](AttentionCase& c) { rising(c), c.seqlen_k = 400, c.num_heads = 128; });  // two rounds
    }
    add([&](AttentionCase& c) { base(c), c.softcap = 5.0f, c.scale = 0.7f; });
    for (const Mask mask : {Mask::kLengths, Mask::kStartEnd}) {
      for (const bool ignore : {false, true}) {
        const auto masked = [&](AttentionCase& c) {
          base(c), c.batch = 6, c.mask = mask, c.ignore_mask_in_empty_rows = ignore;
        };
        add(masked);
        add([&](AttentionCase& c) { masked(c), c.causal = true; });
        add([&](AttentionCase& c) { masked(c), c.window_left = 20, c.window_right = 5; });
      }
    }
  }
  for (const AttentionCase& c : short_query_cases()) cases.push_back(c);
  return cases;
}

AttentionCase random_case(std::mt19937_64& random) {
  const auto draw = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  const auto length = [&] {
    return int(std::exp2(std::uniform_real_distribution<>(0, 10)(random)));
  };
  AttentionCase c;
  c.seed = random();
  c.batch = draw(1, 4);
  c.seqlen_q = length();
  c.seqlen_k = length();
  c.num_heads_kv = draw(1, 3);
  c.num_heads = c.num_heads_kv * draw(1, 3);
  c.head_dim = 8 * draw(1, 32);
  c.bfloat16 = draw(0, 1);
  c.causal = draw(0, 1);
  c.causal_offset = draw(0, 1) ? draw(-c.seqlen_q, c.seqlen_k) : 0;
  c.offset_per_batch = draw(0, 3) == 0;
  if (draw(0, 2) == 0) c.window_left = draw(0, c.seqlen_k);
  if (!c.causal && draw(0, 2) == 0) c.window_right = draw(0, c.seqlen_k);
  c.mask = Mask(draw(0, 2));
  c.ignore_mask_in_empty_rows = draw(0, 1);
  c.varlen = draw(0, 2) == 0;
  c.layout = c.varlen ? Layout::kBsnh : Layout(draw(0, 2));
  if (draw(0, 5) == 0) c.softcap = float(draw(1, 20));
  if (draw(0, 5) == 0) c.scale = -0.1f;
  if (draw(0, 5) == 0) c.rise = float(draw(-50, 50));
  return c;
}

AttentionCase random_short_case(std::mt19937_64& random) {
  const auto draw = [&](int low, int high) {
    return std::uniform_int_distribution<int>(low, high)(random);
  };
  AttentionCase c = random_case(random);
  c.seqlen_q = draw(1, 6);
  c.seqlen_k = int(std::exp2(std::uniform_real_distribution<>(0, 12)(random)));
  c.num_heads_kv = draw(1, 2);
  c.num_heads = c.num_heads_kv * draw(1, 20);
  c.causal_offset = draw(0, 1) ? draw(-c.seqlen_q, c.seqlen_k) : c.seqlen_k - c.seqlen_q;
  return c;
}

int run_checks(int random_count, const std::string& filter) {
  Tally tally;
  std::vector<AttentionCase> cases = listed_cases();
  std::mt19937_64 random(20230817);
  for (int i = 0; i < random_count; ++i) cases.push_back(random_case(random));
  for (int i = 0; i < random_count / 2; ++i) cases.push_back(random_short_case(random));
  for (const AttentionCase& c : cases) {
    if (!check_case(c, filter, tally)) {
      std::printf("the device is lost\n");
      break;
    }
  }
  std::printf("%zu cases, %d runs passed, %d failed\n", cases.size(), tally.passed, tally.failed);
  return tally.failed == 0 && tally.passed > 0 ? 0 : 1;
}

int list_variants() {
  for (int i = 0; i < kVariantCount; ++i) {
    const Variant& v = kVariants[i];
    std::printf("%3d %-36s %3d threads %6d bytes\n", i, v.name, v.threads, v.smem_bytes);
  }
  return 0;
}

}  // namespace

}  // namespace attnkit::flash::test

int main(int argc, char** argv) {
  using namespace attnkit::flash::test;
  bool bench = false, bench_decode = false, list = false, exact = false;
  int random_count = 400;
  std::string filter;
  for (int i = 1; i < argc; ++i) {
    const std::string flag = argv[i];
    if (flag == "--bench") bench = true;
    if (flag == "--bench-decode") bench_decode = true;
    if (flag == "--list") list = true;
    if (flag == "--exact") exact = true;
    if (flag == "--random" && i + 1 < argc) random_count = std::atoi(argv[++i]);
    if (flag == "--filter" && i + 1 < argc) filter = argv[++i];
  }
  if (list) return list_variants();
  if (bench_decode) return run_decode_bench();
  return bench ? run_bench(filter, exact) : run_checks(random_count, filter);
}
