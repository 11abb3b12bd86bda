// Which kernels a case is run on, and how.
#pragma once

#include <string>
#include <vector>

#include "attention_case.h"

namespace attnkit::flash::test {

// A kernel, and a way to run it that should not show in its results.
struct KernelRun {
  int variant;
  bool exact_softmax = true;
  int splits = 1;
  bool in_cluster = false;
  bool takes_tiles = false;

  AttentionCase apply(AttentionCase c) const;
  // e.g. "hopper-sm90a-d64-m128n128-f16 exact"
  std::string name() const;
};

// Every variant whose name contains `filter` and that serves the case, in every way it can be run;
// with `few`, in those that reach all of its parts.
std::vector<KernelRun> runs_of(const AttentionCase& c, const std::string& filter, bool few = false);

bool is_fa2(int variant);

// Runs whose splits would need more are left out.
constexpr int64_t kMostWorkspaceBytes = 1 << 28;
constexpr int kMostCounters = 1 << 20;

}  // namespace attnkit::flash::test
