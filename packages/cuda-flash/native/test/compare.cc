#include "compare.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "case_values.h"

namespace attnkit::flash::test {

namespace {

struct Tolerance {
  double relative_norm;
  double relative_max;
};

Tolerance tolerance_of(const AttentionCase& c) {
  // Half a unit in the last place of the largest value, and a little.
  if (c.values == Values::kEqual) {
    return c.bfloat16 ? Tolerance{2.6e-3, 4e-3} : Tolerance{3.3e-4, 5e-4};
  }
  return c.bfloat16 ? Tolerance{5e-3, 3e-2} : Tolerance{6e-4, 4e-3};
}

// What is gathered over all rows.
class Errors {
 public:
  void add(double want, double got) {
    if (std::isnan(got)) ++nans_;
    error2_ += (got - want) * (got - want);
    norm2_ += want * want;
    worst_ = std::max(worst_, std::fabs(got - want));
    largest_ = std::max(largest_, std::fabs(want));
  }
  void add_unknown(double got) {
    if (std::isnan(got)) ++nans_;
  }
  void add_lse(double want, double got) {
    if (std::isinf(want) || std::isinf(got) || std::isnan(got)) {
      wrong_infinities_ += got != want;
    } else {
      worst_lse_ = std::max(worst_lse_, std::fabs(got - want) / std::max(1.0, std::fabs(want)));
    }
  }

  double relative_norm() const {
    return norm2_ == 0 ? std::sqrt(error2_) : std::sqrt(error2_ / norm2_);
  }
  double relative_max() const { return largest_ == 0 ? worst_ : worst_ / largest_; }

  std::string fault(const Tolerance& tolerance) const {
    char text[160] = "";
    if (nans_ > 0) {
      std::snprintf(text, sizeof(text), "%lld NaN", (long long)nans_);
    } else if (!(relative_norm() <= tolerance.relative_norm) ||
               !(relative_max() <= tolerance.relative_max)) {
      std::snprintf(text, sizeof(text), "error %.2e, largest %.2e", relative_norm(),
                    relative_max());
    } else if (wrong_infinities_ > 0) {
      std::snprintf(text, sizeof(text),
                    "%lld times, log-sum-exp is not the -inf expected, or is one",
                    (long long)wrong_infinities_);
    } else if (!(worst_lse_ <= 1e-5)) {
      std::snprintf(text, sizeof(text), "log-sum-exp error %.2e", worst_lse_);
    }
    return text;
  }

 private:
  double error2_ = 0, norm2_ = 0, worst_ = 0, largest_ = 0, worst_lse_ = 0;
  int64_t nans_ = 0, wrong_infinities_ = 0;
};

}  // namespace

Comparison compare(const AttentionCase& c, const CaseData& data, const Reference& expected,
                   const DeviceRun& actual) {
  std::vector<uint16_t> untouched = actual.output;
  Errors errors;
  for (int b = 0; b < c.batch; ++b) {
    for (int query = 0; query < data.queries_of(c, b); ++query) {
      const bool is_known = expected.has(c, data, b, query);
      for (int head = 0; head < c.num_heads; ++head) {
        const int64_t row = (int64_t(b) * c.num_heads + head) * c.seqlen_q + query;
        const int64_t at = data.o.at(b, data.first_query(b) + query, head);
        for (int i = 0; i < c.value_dim(); ++i) {
          const double got = decode(actual.output[at + i], c.bfloat16);
          is_known ? errors.add(expected.output[row * c.value_dim() + i], got)
                   : errors.add_unknown(got);
          untouched[at + i] = kNan;
        }
        if (actual.lse.empty()) continue;
        const double lse = actual.lse[data.lse_at(c, b, head, query)];
        is_known ? errors.add_lse(expected.lse[row], lse) : errors.add_unknown(lse);
      }
    }
  }
  std::string fault = errors.fault(tolerance_of(c));
  if (std::any_of(untouched.begin(), untouched.end(), [](uint16_t x) { return x != kNan; })) {
    fault += " wrote outside the output";
  }
  return {errors.relative_norm(), fault};
}

}  // namespace attnkit::flash::test
