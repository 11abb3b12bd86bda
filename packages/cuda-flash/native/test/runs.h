// Which kernels a case is run on.
#pragma once

#include <string>
#include <vector>

#include "attention_case.h"

namespace attnkit::flash::test {

struct KernelRun {
  int variant;
  bool exact_softmax;

  // e.g. "hopper-sm90a-d64-m128n128-f16 exact"
  std::string name() const;
};

// Every variant whose name contains `filter` and that serves the case, with exact softmax and,
// where the kernel can do without, so too.
std::vector<KernelRun> runs_of(const AttentionCase& c, const std::string& filter);

bool is_fa2(int variant);

}  // namespace attnkit::flash::test
