// Whether kernels always end.
#pragma once

#include "options.h"

namespace attnkit::flash::test {

// `options.count` launches of random shapes, features and kernels, several in a row before each
// wait, over values that may stand anywhere. Looks whether they end, and whether outputs are
// written and finite. Returns the exit status.
int run_launches(const Options& options);

}  // namespace attnkit::flash::test
