#include "runs.h"

#include <algorithm>

#include "bench.h"
#include "device_buffer.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

bool is_of_family(int variant, const char* family) {
  return std::string(kVariants[variant].name).rfind(family, 0) == 0;
}

bool runs_clusters() {
  int device = 0, major = 0, minor = 0;
  require(cudaGetDevice(&device), "cudaGetDevice");
  cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device);
  cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device);
  return major == 9 && minor == 0;
}

std::vector<KernelRun> hopper_ways(int variant, bool few) {
  const KernelRun exact{variant, true}, first_block{variant, false};
  KernelRun exact_taking = exact, first_block_taking = first_block;
  exact_taking.takes_tiles = first_block_taking.takes_tiles = true;
  if (few) return {exact, first_block_taking};
  return {exact, exact_taking, first_block, first_block_taking};
}

std::vector<KernelRun> decode_ways(int variant, bool few) {
  std::vector<KernelRun> ways;
  for (const int splits : {1, 3, 40}) {
    if (!few || splits == 3) ways.push_back({variant, true, splits});
  }
  static const bool with_clusters = runs_clusters();
  for (const int splits : {2, 7, 16}) {
    if (with_clusters && (!few || splits == 2)) ways.push_back({variant, true, splits, true});
  }
  return ways;
}

std::vector<KernelRun> ways_to_run(int variant, bool few) {
  if (is_of_family(variant, "hopper")) return hopper_ways(variant, few);
  if (is_of_family(variant, "decode")) return decode_ways(variant, few);
  return {{variant}};
}

}  // namespace

AttentionCase KernelRun::apply(AttentionCase c) const {
  c.exact_softmax = exact_softmax;
  c.splits = splits;
  c.in_cluster = in_cluster;
  c.takes_tiles = takes_tiles;
  return c;
}

std::string KernelRun::name() const {
  std::string text = kVariants[variant].name;
  if (is_of_family(variant, "hopper") && exact_softmax) text += " exact";
  if (takes_tiles) text += " taking tiles";
  if (splits > 1) text += (in_cluster ? " cluster of " : " splits ") + std::to_string(splits);
  return text;
}

std::vector<KernelRun> runs_of(const AttentionCase& c, const std::string& filter, bool few) {
  std::vector<KernelRun> runs;
  for (int variant = 0; variant < kVariantCount; ++variant) {
    const Variant& v = kVariants[variant];
    if (!serves(v, std::max(c.head_dim, c.value_dim()), c.bfloat16)) continue;
    if (std::string(v.name).find(filter) == std::string::npos) continue;
    for (const KernelRun& run : ways_to_run(variant, few)) {
      if (run.apply(c).workspace_bytes() <= kMostWorkspaceBytes) runs.push_back(run);
    }
  }
  return runs;
}

bool is_fa2(int variant) { return is_of_family(variant, "fa2"); }

}  // namespace attnkit::flash::test
