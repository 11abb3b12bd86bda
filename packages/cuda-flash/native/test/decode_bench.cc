#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "attention_case.h"
#include "bench.h"
#include "case_values.h"
#include "counters.h"
#include "device_buffer.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

constexpr int kHeads = 32, kHeadsKv = 8, kHeadDim = 128;
constexpr int kBatches[] = {1, 4, 16, 64};
constexpr int kLengths[] = {1024, 4096, 16384, 65536};
constexpr int64_t kColdBytes = int64_t(256) << 20;  // more than any L2 cache
constexpr int kBlocks = 5;
constexpr double kBlockMs = 4.0;

struct SplitMode {
  int splits;
  bool in_cluster;
};

constexpr SplitMode kModes[] = {{1, false},  {2, true},   {4, true},   {8, true},
                                {16, true},  {2, false},  {4, false},  {8, false},
                                {12, false}, {16, false}, {24, false}, {32, false}};

int64_t key_bytes(int batch, int seqlen_k) {
  return int64_t(batch) * seqlen_k * kHeadsKv * kHeadDim * 2 * 2;
}

// Fills device memory with normal numbers that repeat.
void fill_normal(DeviceBuffer& buffer, int64_t bytes) {
  std::mt19937 random(7);
  std::normal_distribution<float> normal;
  std::vector<uint16_t> pattern(1 << 20);
  for (auto& x : pattern) x = encode(normal(random), false);
  char* const start = buffer.as<char>();
  int64_t filled = std::min<int64_t>(bytes, pattern.size() * 2);
  require(cudaMemcpy(start, pattern.data(), filled, cudaMemcpyHostToDevice), "cudaMemcpy");
  while (filled < bytes) {
    const int64_t more = std::min(filled, bytes - filled);
    require(cudaMemcpy(start + filled, start, more, cudaMemcpyDeviceToDevice), "cudaMemcpy");
    filled += more;
  }
}

// Tensors that are used in turn, so that none is in the cache when it is read.
class DecodeSets {
 public:
  DecodeSets(int batch, int seqlen_k, SplitMode mode) {
    case_.batch = batch, case_.seqlen_q = 1, case_.seqlen_k = seqlen_k;
    case_.num_heads = kHeads, case_.num_heads_kv = kHeadsKv, case_.head_dim = kHeadDim;
    case_.splits = mode.splits, case_.in_cluster = mode.in_cluster;
    const int64_t row = kHeads * kHeadDim, row_kv = kHeadsKv * kHeadDim;
    const int64_t queries = batch * row, keys = batch * seqlen_k * row_kv;
    CaseData data;
    data.q = data.o = {0, row, row, kHeadDim};
    data.k = {queries, seqlen_k * row_kv, row_kv, kHeadDim};
    data.v = {queries + keys, seqlen_k * row_kv, row_kv, kHeadDim};
    const int64_t bytes = (queries + 2 * keys) * 2;
    for (int64_t held = 0; held == 0 || held < kColdBytes; held += bytes) {
      inputs_.push_back(std::make_unique<DeviceBuffer>(bytes));
      outputs_.push_back(std::make_unique<DeviceBuffer>(queries * 2));
      fill_normal(*inputs_.back(), bytes);
      params_.push_back(make_params(case_, data, inputs_.back()->as<uint16_t>(),
                                    outputs_.back()->as<uint16_t>(), nullptr, nullptr));
    }
    set_mode(mode);
  }

  void set_mode(SplitMode mode) {
    case_.splits = mode.splits, case_.in_cluster = mode.in_cluster;
    partials_ = std::make_unique<DeviceBuffer>(case_.workspace_bytes());
    counters_ = std::make_unique<Counters>(case_.counters());
    for (FlashParams& params : params_) {
      params.num_splits = mode.splits;
      params.flags = mode.in_cluster ? params.flags | kSplitsInCluster
                                     : params.flags & ~uint32_t(kSplitsInCluster);
      params.workspace = reinterpret_cast<uint64_t>(partials_->as<float>());
      params.counters = counters_->address();
    }
  }

  const std::vector<FlashParams>& params() const { return params_; }

 private:
  AttentionCase case_;
  std::vector<std::unique_ptr<DeviceBuffer>> inputs_, outputs_;
  std::unique_ptr<DeviceBuffer> partials_;
  std::unique_ptr<Counters> counters_;
  std::vector<FlashParams> params_;
};

// A graph of `launches` calls one after the other; null when a launch was refused.
cudaGraphExec_t capture(int variant, const std::vector<FlashParams>& params, int launches,
                        cudaStream_t stream) {
  require(cudaStreamBeginCapture(stream, cudaStreamCaptureModeRelaxed), "cudaStreamBeginCapture");
  bool all = true;
  for (int i = 0; i < launches && all; ++i) {
    const Status status = launch_variant(variant, params[i % params.size()], stream);
    if (!status.ok()) std::printf("%s\n", status.message);
    all = status.ok();
  }
  cudaGraph_t graph = nullptr;
  cudaGraphExec_t executable = nullptr;
  require(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  if (all) require(cudaGraphInstantiate(&executable, graph, 0), "cudaGraphInstantiate");
  cudaGraphDestroy(graph);
  return executable;
}

// Milliseconds of one call, the median over replays of a graph of calls; 0 when it does not run.
double time_call(int variant, const DecodeSets& sets, double estimated_ms) {
  const int launches = std::clamp(int(kBlockMs / estimated_ms), 3, 512);
  cudaStream_t stream;
  cudaEvent_t start, stop;
  require(cudaStreamCreate(&stream), "cudaStreamCreate");
  require(cudaEventCreate(&start), "cudaEventCreate");
  require(cudaEventCreate(&stop), "cudaEventCreate");
  const cudaGraphExec_t graph = capture(variant, sets.params(), launches, stream);
  std::vector<double> samples;
  for (int block = 0; graph != nullptr && block <= kBlocks; ++block) {
    require(cudaEventRecord(start, stream), "cudaEventRecord");
    require(cudaGraphLaunch(graph, stream), "cudaGraphLaunch");
    require(cudaEventRecord(stop, stream), "cudaEventRecord");
    require(cudaEventSynchronize(stop), "cudaEventSynchronize");
    float ms = 0;
    require(cudaEventElapsedTime(&ms, start, stop), "cudaEventElapsedTime");
    if (block > 0) samples.push_back(ms / launches);
  }
  if (graph != nullptr) cudaGraphExecDestroy(graph);
  cudaEventDestroy(start);
  cudaEventDestroy(stop);
  cudaStreamDestroy(stream);
  std::sort(samples.begin(), samples.end());
  return samples.empty() ? 0 : samples[samples.size() / 2];
}

// Whether a mode makes sense: neither crumbs of keys nor many rounds of thread blocks.
bool is_sensible(SplitMode mode, int batch, int seqlen_k) {
  const int64_t blocks = int64_t(batch) * kHeadsKv * mode.splits;
  return mode.splits == 1 || (seqlen_k / mode.splits >= 32 && blocks <= 2112);
}

void bench_shape(int variant, int batch, int seqlen_k) {
  const double bytes = double(key_bytes(batch, seqlen_k));
  DecodeSets sets(batch, seqlen_k, kModes[0]);
  for (const SplitMode mode : kModes) {
    if (!is_sensible(mode, batch, seqlen_k)) continue;
    sets.set_mode(mode);
    const double ms = time_call(variant, sets, bytes / 4e9 + 0.004);
    std::printf("B%-3d KV%-6d %-32s splits %3d %-9s %9.2f us %6.3f TB/s\n", batch, seqlen_k,
                kVariants[variant].name, mode.splits, mode.in_cluster ? "cluster" : "", ms * 1e3,
                ms > 0 ? bytes / ms / 1e9 : 0);
    std::fflush(stdout);
  }
}

}  // namespace

int run_decode_bench() {
  for (int variant = 0; variant < kVariantCount; ++variant) {
    const Variant& v = kVariants[variant];
    const bool decodes = std::strncmp(v.name, "decode", 6) == 0 && v.block_m == 16;
    if (!decodes || !serves(v, kHeadDim, false)) continue;
    for (const int batch : kBatches) {
      for (const int seqlen_k : kLengths) bench_shape(variant, batch, seqlen_k);
    }
  }
  return 0;
}

}  // namespace attnkit::flash::test
