// Kernels against the float64 reference.
#pragma once

#include <vector>

#include "cases.h"
#include "options.h"

namespace attnkit::flash::test {

// Each case on each kernel that serves it; twice over different garbage in shared memory, unless
// the mode is kQuick. Returns the exit status.
int run_checks(const std::vector<NamedCase>& cases, const Options& options);

// The reference against its definition, without a device. Returns the exit status.
int check_reference(const std::vector<NamedCase>& cases);

}  // namespace attnkit::flash::test
