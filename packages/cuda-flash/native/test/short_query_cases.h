// Few queries and many keys, as when tokens are generated: what the decode kernels are for.
#pragma once

#include "case_list.h"

namespace attnkit::flash::test {

void add_short_queries(CaseList& list);

}  // namespace attnkit::flash::test
