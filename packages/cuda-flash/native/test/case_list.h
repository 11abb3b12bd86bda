// Makes lists of cases: each differs from a base by a few fields.
#pragma once

#include <string>
#include <vector>

#include "cases.h"

namespace attnkit::flash::test {

class CaseList {
 public:
  explicit CaseList(const char* kind) : kind_(kind) {}

  // Each of `changes` is applied in turn to a fresh case.
  template <typename... Changes>
  void add(const Changes&... changes) {
    AttentionCase c;
    c.seed = cases_.size() + 1;
    (changes(c), ...);
    cases_.push_back({kind_ + ("-" + std::to_string(cases_.size())), c});
  }

  std::vector<NamedCase> take() { return std::move(cases_); }

 private:
  const std::string kind_;
  std::vector<NamedCase> cases_;
};

}  // namespace attnkit::flash::test
