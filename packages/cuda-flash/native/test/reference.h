// Attention in float64 on the CPU.
#pragma once

#include <cstdint>
#include <vector>

#include "attention_case.h"

namespace attnkit::flash::test {

struct Reference {
  std::vector<double> output;  // (batch, head, query, value_dim), queries of the longest sequence
  std::vector<double> lse;     // (batch, head, query)
  int sample_step = 1;         // see has()

  // Of the largest cases only some queries are computed: those at the edges of tiles, the last,
  // and each sample_step-th between.
  bool has(const AttentionCase& c, const CaseData& data, int batch, int query) const;
};

Reference compute_reference(const AttentionCase& c, const CaseData& data);

// Output row (value_dim() values) and log-sum-exp of one query: the definition, which
// compute_reference() is checked against.
double reference_row(const AttentionCase& c, const CaseData& data, int batch, int query, int head,
                     double* output);

}  // namespace attnkit::flash::test
