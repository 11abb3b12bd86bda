// Whether kernels always end.
#pragma once

#include <vector>

#include "cases.h"
#include "options.h"

namespace attnkit::flash::test {

// `options.count` launches of random shapes, features and kernels, several in a row before each
// wait, over values that may stand anywhere. Looks whether they end, and whether outputs are
// written and finite. `cases`: take these in turn, on each kernel in turn, instead of random ones.
// Returns the exit status.
int run_launches(const std::vector<NamedCase>& cases, const Options& options);

}  // namespace attnkit::flash::test
