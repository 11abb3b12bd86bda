#include "bench.h"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <random>
#include <vector>

#include "attention_case.h"
#include "case_values.h"
#include "device_buffer.h"

namespace attnkit::flash::test {

namespace {

struct BenchShape {
  int batch, seqlen, heads, head_dim;
  bool causal;
  double flash_attention_2;  // TFLOP/s of FlashAttention-2 2.8 on an H200
};

// The distinct shapes of ONNX Runtime pull request 17227's table, and a few more.
constexpr BenchShape kShapes[] = {
    {32, 512, 128, 16, false, 79.0},  {16, 1024, 128, 16, false, 88.8},
    {8, 2048, 128, 16, false, 94.0},  {4, 4096, 128, 16, false, 97.0},
    {2, 8192, 128, 16, false, 99.0},  {1, 16384, 128, 16, false, 99.8},
    {32, 512, 64, 32, false, 179.6},  {16, 1024, 64, 32, false, 202.2},
    {8, 2048, 64, 32, false, 212.9},  {4, 4096, 64, 32, false, 218.8},
    {2, 8192, 64, 32, false, 221.9},  {1, 16384, 64, 32, false, 222.1},
    {1, 4096, 8, 40, false, 154.3},   {4, 4096, 8, 40, false, 151.6},
    {1, 16384, 8, 40, false, 159.6},  {128, 128, 12, 64, false, 125.8},
    {64, 128, 12, 64, false, 125.2},  {128, 384, 12, 64, false, 251.0},
    {64, 384, 12, 64, false, 241.2},  {128, 512, 12, 64, false, 269.4},
    {64, 512, 12, 64, false, 255.6},  {1, 16384, 16, 64, false, 305.9},
    {1, 4096, 8, 80, false, 253.9},   {4, 4096, 8, 80, false, 255.5},
    {1, 16384, 8, 80, false, 265.9},  {4, 2048, 32, 128, false, 347.2},
    {4, 4096, 32, 128, false, 315.0}, {8, 2048, 32, 128, false, 318.9},
    {8, 4096, 32, 128, false, 336.8}, {1, 16384, 32, 128, false, 340.4},
    {1, 4096, 8, 160, false, 234.8},  {4, 4096, 8, 160, false, 231.0},
    {1, 16384, 8, 160, false, 240.6}, {1, 16384, 8, 256, false, 319.6},
    {2, 8192, 64, 32, true, 207.4},   {1, 16384, 16, 64, true, 273.8},
    {128, 128, 12, 64, true, 63.2},   {4, 4096, 32, 128, true, 298.2},
    {1, 16384, 32, 128, true, 329.5}, {4, 4096, 8, 160, true, 174.6},
    {1, 16384, 8, 256, true, 278.6},
};

constexpr size_t kColdBytes = size_t(256) << 20;  // more than any L2 cache
constexpr int kBlocks = 5;

double flops(const BenchShape& s) {
  return 4.0 * s.batch * s.seqlen * double(s.seqlen) * s.heads * s.head_dim *
         (s.causal ? 0.5 : 1.0);
}

// Input and output sets that are used in turn, so that none is in the cache when it is read.
struct BufferSets {
  std::vector<std::unique_ptr<DeviceBuffer>> inputs, outputs;
  std::vector<FlashParams> params;
};

BufferSets make_sets(const BenchShape& s, bool exact_softmax) {
  AttentionCase c;
  c.batch = s.batch, c.seqlen_q = c.seqlen_k = s.seqlen, c.num_heads = c.num_heads_kv = s.heads;
  c.head_dim = s.head_dim, c.causal = s.causal, c.exact_softmax = exact_softmax;
  const int64_t elements = int64_t(s.batch) * s.seqlen * s.heads * s.head_dim;
  CaseData data;
  const int64_t row = int64_t(s.heads) * s.head_dim;
  data.q = data.o = {0, s.seqlen * row, row, s.head_dim};
  data.k = data.v = data.q;
  data.k.offset = elements;
  data.v.offset = 2 * elements;

  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<uint16_t> pattern(1 << 20);
  for (auto& x : pattern) x = encode(normal(random), false);
  std::vector<uint16_t> host(3 * elements);
  for (size_t i = 0; i < host.size(); ++i)
    host[i] = pattern[(i + i / pattern.size() * 37) % pattern.size()];

  BufferSets sets;
  const size_t count = std::max<size_t>(2, kColdBytes / (host.size() * 2) + 1);
  for (size_t i = 0; i < count; ++i) {
    sets.inputs.push_back(std::make_unique<DeviceBuffer>(host));
    sets.outputs.push_back(std::make_unique<DeviceBuffer>(size_t(elements) * 2));
    sets.params.push_back(make_params(c, data, sets.inputs.back()->as<uint16_t>(),
                                      sets.outputs.back()->as<uint16_t>(), nullptr, nullptr));
  }
  return sets;
}

// Milliseconds of one launch: the median over blocks of launches.
double time_variant(int variant, const BufferSets& sets, double estimated_ms) {
  const int launches = std::clamp(int(20.0 / estimated_ms), 3, 400);
  cudaEvent_t start, stop;
  require(cudaEventCreate(&start), "cudaEventCreate");
  require(cudaEventCreate(&stop), "cudaEventCreate");
  std::vector<double> samples;
  size_t next = 0;
  for (int block = 0; block <= kBlocks; ++block) {
    require(cudaEventRecord(start), "cudaEventRecord");
    for (int i = 0; i < launches; ++i) {
      const Status status =
          launch_variant(variant, sets.params[next++ % sets.params.size()], nullptr);
      if (!status.ok()) return 0;
    }
    require(cudaEventRecord(stop), "cudaEventRecord");
    require(cudaEventSynchronize(stop), "cudaEventSynchronize");
    float ms = 0;
    require(cudaEventElapsedTime(&ms, start, stop), "cudaEventElapsedTime");
    if (block > 0) samples.push_back(ms / launches);
  }
  cudaEventDestroy(start);
  cudaEventDestroy(stop);
  std::sort(samples.begin(), samples.end());
  return samples[samples.size() / 2];
}

}  // namespace

bool serves(const Variant& variant, int head_dim, bool bfloat16) {
  if ((std::string(variant.name).find("bf16") != std::string::npos) != bfloat16) return false;
  if (variant.head_dim < head_dim) return false;
  const auto family = [](const Variant& v) { return std::string(v.name).substr(0, 3); };
  for (int i = 0; i < kVariantCount; ++i) {
    if (family(kVariants[i]) == family(variant) && kVariants[i].head_dim >= head_dim &&
        kVariants[i].head_dim < variant.head_dim) {
      return false;
    }
  }
  return true;
}

int run_bench(const std::string& filter, bool exact_softmax) {
  std::printf("%-34s %-40s %9s %8s %6s\n", "shape", "variant", "us", "TFLOP/s", "/FA2");
  for (const BenchShape& s : kShapes) {
    char shape[64];
    std::snprintf(shape, sizeof(shape), "B%d S%d N%d d%d%s", s.batch, s.seqlen, s.heads, s.head_dim,
                  s.causal ? " causal" : "");
    const BufferSets sets = make_sets(s, exact_softmax);
    for (int variant = 0; variant < kVariantCount; ++variant) {
      const Variant& v = kVariants[variant];
      if (!serves(v, s.head_dim, false) || std::string(v.name).find(filter) == std::string::npos) {
        continue;
      }
      const double ms = time_variant(variant, sets, flops(s) / s.flash_attention_2 / 1e9);
      const double tflops = ms > 0 ? flops(s) / ms / 1e9 : 0;
      std::printf("%-34s %-40s %9.1f %8.1f %6.3f\n", shape, v.name, ms * 1e3, tflops,
                  tflops / s.flash_attention_2);
      std::fflush(stdout);
    }
  }
  return 0;
}

}  // namespace attnkit::flash::test
