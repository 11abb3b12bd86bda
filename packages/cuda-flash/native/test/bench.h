// Speed of the variants over the shapes of the seed.
#pragma once

#include <string>

#include "variants.h"

namespace attnkit::flash::test {

// Whether a variant is the right one for the larger of the head dims: no other with a smaller dim
// would do.
bool serves(const Variant& variant, int head_dim, bool bfloat16);

int run_bench(const std::string& filter, bool exact_softmax);

}  // namespace attnkit::flash::test
