// Speed of the variants over the shapes of the seed, and of decoding.
#pragma once

#include <string>

#include "variants.h"

namespace attnkit::flash::test {

// Whether a variant is the right one for the larger of the head dims: no other with a smaller dim
// would do.
bool serves(const Variant& variant, int head_dim, bool bfloat16);

int run_bench(const std::string& filter, bool exact_softmax);

// One query of 32 heads over long keys of 8, by how the keys are split.
int run_decode_bench();

}  // namespace attnkit::flash::test
