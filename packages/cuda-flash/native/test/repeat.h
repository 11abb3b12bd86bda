// Whether kernels give the same bits each time.
#pragma once

#include <vector>

#include "cases.h"
#include "options.h"

namespace attnkit::flash::test {

// `options.count` launches of each kernel on each case, each into outputs of NaN. Returns the exit
// status.
int run_repeats(const std::vector<NamedCase>& cases, const Options& options);

}  // namespace attnkit::flash::test
