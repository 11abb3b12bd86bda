// The numbers in the tensors of a test case.
#pragma once

#include "attention_case.h"

namespace attnkit::flash::test {

float decode(uint16_t bits, bool bfloat16);
uint16_t encode(float value, bool bfloat16);

// place_data() with values: NaN wherever no kernel may look, keys that no row sees among them.
CaseData make_data(const AttentionCase& c);

}  // namespace attnkit::flash::test
