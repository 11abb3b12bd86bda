#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <random>

#include "case_values.h"
#include "check.h"
#include "parallel.h"
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
  std::vector<double> row(c.value_dim());
  for (int i = 0; i < kRowsPerCase; ++i) {
    const int batch = int(random() % c.batch);
    const int head = int(random() % c.num_heads);
    const int query = int(random() % c.seqlen_q);
    if (query >= data.queries_of(c, batch) || !reference.has(c, data, batch, query)) continue;
    const double lse = reference_row(c, data, batch, query, head, row.data());
    const int64_t at = (int64_t(batch) * c.num_heads + head) * c.seqlen_q + query;
    if (!is_near(reference.lse[at], lse)) return false;
    for (int d = 0; d < c.value_dim(); ++d) {
      if (!is_near(reference.output[at * c.value_dim() + d], row[d])) return false;
    }
  }
  return true;
}

}  // namespace

int check_reference(const std::vector<NamedCase>& cases) {
  std::atomic<int> wrong{0};
  const auto start = std::chrono::steady_clock::now();
  for_each_parallel(cases.size(), [&](size_t i) {
    const auto& [name, c] = cases[i];
    const CaseData data = make_data(c);
    if (agrees(c, data, compute_reference(c, data))) return;
    ++wrong;
    std::printf("FAIL %s: %s\n", name.c_str(), c.describe().c_str());
  });
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  std::printf("%zu cases, %d wrong, in %.1f s\n", cases.size(), wrong.load(), seconds.count());
  return wrong == 0 && !cases.empty() ? 0 : 1;
}

}  // namespace attnkit::flash::test
