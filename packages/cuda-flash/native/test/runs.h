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

  AttentionCase apply(AttentionCase c) const;
  // e.g. "hopper-sm90a-d64-m128n128-f16 exact"
  std::string name() const;
};

// Every variant whose name contains `filter` and that serves the case, in every way it can be run;
// with `few`, in those that reach all of its parts.
std::vector<KernelRun> runs_of(const AttentionCase& c, const std::string& filter, bool few = false);

bool is_fa2(int variant);

// Of the results of splits: runs that would need more are left out.
constexpr int64_t kMostPartialFloats = 1 << 26;

}  // namespace attnkit::flash::test
