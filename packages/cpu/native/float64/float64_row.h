// One row of attention in float64, in the order of the operator's definition: the same steps as
// core's reference, which the tests hold it against.
#pragma once
#include "../problem.h"

namespace attnkit::cpu {

struct Float64Row {
  int64_t batch, head, query;
};

// Keys [begin, end) that key lengths, causal and windows leave visible.
struct KeyRange {
  int64_t begin, end;
};

// The tokens of one sequence: its first and how many, of queries and of keys (past included).
struct SequenceSpan {
  int64_t first_q, length_q, first_k, length_k;
  int64_t past;  // keys in front of the new ones
};

SequenceSpan sequence_span(const Problem& p, int64_t batch);
KeyRange visible_keys(const Problem& p, const Float64Row& row, int64_t length_k);

// From scaled scores [length_k] to weights in place. `shown` (or null) receives what the `qk`
// output shows, of all keys that the problem has room for. Returns the log-sum-exp. Keys outside of
// `range` get weight 0, -1 marks hidden keys.
double weigh_scores(const Problem& p, const Float64Row& row, int64_t length_k, KeyRange range,
                    double* scores, double* shown);

// Keys that must not reach the output are marked by this weight: not even their NaNs count.
constexpr double kHiddenWeight = -1;

}  // namespace attnkit::cpu
