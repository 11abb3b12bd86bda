#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

#include "case_values.h"
#include "check.h"
#include "reference.h"

namespace attnkit::flash::test {

namespace {

constexpr int kRowsPerCase = 6;
constexpr double kAllowed = 1e-11;

bool is_near(double a, double b) {
  return a == b || std::fabs(a - b) <= kAllowed * std::max(1.0, std::fabs(b));
}

// A few rows by the definition.
bool agrees(const AttentionCase& c, const CaseData& data, const Reference& reference) {
  std::mt19937 random{1};
  std::vector<double> row(c.head_dim);
  for (int i = 0; i < kRowsPerCase; ++i) {
    const int batch = int(random() % c.batch);
    const int head = int(random() % c.num_heads);
    const int query = int(random() % c.seqlen_q);
    if (query >= data.queries_of(c, batch) || !reference.has(c, data, batch, query)) continue;
    const double lse = reference_row(c, data, batch, query, head, row.data());
    const int64_t at = (int64_t(batch) * c.num_heads + head) * c.seqlen_q + query;
    if (!is_near(reference.lse[at], lse)) return false;
    for (int d = 0; d < c.head_dim; ++d) {
      if (!is_near(reference.output[at * c.head_dim + d], row[d])) return false;
    }
  }
  return true;
}

class Stopwatch {
 public:
  template <typename Work>
  auto time(const Work& work) {
    const auto start = std::chrono::steady_clock::now();
    auto result = work();
    total_ += std::chrono::steady_clock::now() - start;
    return result;
  }
  double seconds() const { return total_.count(); }

 private:
  std::chrono::duration<double> total_{0};
};

}  // namespace

int check_reference(const std::vector<NamedCase>& cases) {
  int wrong = 0;
  Stopwatch values, attention;
  for (const auto& [name, c] : cases) {
    const CaseData data = values.time([&] { return make_data(c); });
    const Reference reference = attention.time([&] { return compute_reference(c, data); });
    if (agrees(c, data, reference)) continue;
    ++wrong;
    std::printf("FAIL %s: %s\n", name.c_str(), c.describe().c_str());
  }
  std::printf("%zu cases, %d wrong; values %.1f s, reference %.1f s\n", cases.size(), wrong,
              values.seconds(), attention.seconds());
  return wrong == 0 && !cases.empty() ? 0 : 1;
}

}  // namespace attnkit::flash::test
