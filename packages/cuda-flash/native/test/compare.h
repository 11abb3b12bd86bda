// Results of a kernel against the float64 reference.
#pragma once

#include <string>

#include "device_run.h"
#include "reference.h"

namespace attnkit::flash::test {

struct Comparison {
  double relative_norm = 0;  // of the difference
  std::string fault;         // empty when everything is right
};

Comparison compare(const AttentionCase& c, const CaseData& data, const Reference& expected,
                   const DeviceRun& actual);

}  // namespace attnkit::flash::test
