// The problems that kernels are tested with. Each has a name by which it can be run alone.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "attention_case.h"

namespace attnkit::flash::test {

struct NamedCase {
  std::string name;
  AttentionCase problem;
};

// Each feature, each edge of a tile and each kind of values by itself. `processors`: of the device,
// since tiles are shared out among them.
std::vector<NamedCase> listed_cases(int processors);

// For each of the kernels' head dims the fewest and smallest problems that reach every part of a
// kernel: what compute-sanitizer can run through.
std::vector<NamedCase> quick_cases(int processors);

// For each of the kernels' head dims what is to give the same bits each time.
std::vector<NamedCase> repeat_cases();

// The same one for the same numbers.
NamedCase random_case(uint64_t seed, int number);
// As random_case(), with few queries and more keys.
NamedCase short_case(uint64_t seed, int number);
// As random_case(), but of no values and of no more inputs than this, and sometimes of many heads.
constexpr int64_t kMostLaunchElements = 4 << 20;
NamedCase launch_case(uint64_t seed, int number);

// The case of that name; empty `name` where there is none.
NamedCase find_case(const std::string& name, int processors);

}  // namespace attnkit::flash::test
