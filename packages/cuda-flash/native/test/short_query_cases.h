// Few queries and many keys, as when tokens are generated: what the decode kernels are for.
#pragma once

#include <vector>

#include "attention_case.h"

namespace attnkit::flash::test {

std::vector<AttentionCase> short_query_cases();

}  // namespace attnkit::flash::test
