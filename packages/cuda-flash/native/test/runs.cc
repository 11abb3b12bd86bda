#include "runs.h"

#include "bench.h"
#include "variants.h"

namespace attnkit::flash::test {

namespace {

bool has_switch(const Variant& v) {
  return std::string(v.name).find("hopper") != std::string::npos;
}

}  // namespace

std::string KernelRun::name() const {
  const Variant& v = kVariants[variant];
  return v.name + std::string(has_switch(v) && exact_softmax ? " exact" : "");
}

std::vector<KernelRun> runs_of(const AttentionCase& c, const std::string& filter) {
  std::vector<KernelRun> runs;
  for (int variant = 0; variant < kVariantCount; ++variant) {
    const Variant& v = kVariants[variant];
    if (!serves(v, c.head_dim, c.bfloat16)) continue;
    if (std::string(v.name).find(filter) == std::string::npos) continue;
    runs.push_back({variant, true});
    if (has_switch(v)) runs.push_back({variant, false});
  }
  return runs;
}

bool is_fa2(int variant) { return std::string(kVariants[variant].name).substr(0, 3) == "fa2"; }

}  // namespace attnkit::flash::test
