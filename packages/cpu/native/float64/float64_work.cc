#include "float64_work.h"

#include <algorithm>

namespace attnkit::cpu {

// Consecutive rows that read the same keys and values, each of which is then read once for all.
struct Float64Work::Group {
  int64_t first, count;  // rows
  int64_t batch, head_kv;
  SequenceSpan span;
};

namespace {

constexpr int64_t kMostGroupRows = 16;
constexpr int64_t kGroupScores = int64_t{1} << 18;  // that a thread holds at once, about

}  // namespace

Float64Work::Float64Work(const KernelTable& kernels, const Problem& problem, bool present,
                         const std::vector<Float64Row>* sampled)
    : kernels_(kernels), p_(problem), heads_(p_), is_sampled_(sampled != nullptr) {
  if (sampled) sampled_ = *sampled;
  rows_ = sampled ? static_cast<int64_t>(sampled_.size()) : p_.batch * p_.heads * p_.seqlen_q;
  group_rows_ = std::clamp<int64_t>(kGroupScores / (p_.seqlen_k + 1), 1, kMostGroupRows);
  row_tasks_ = (rows_ + group_rows_ - 1) / group_rows_;
  present_tasks_ = present && !sampled ? p_.batch * p_.heads_kv : 0;
  const bool packed_rows = p_.cu_seqlens_q && !sampled;
  const int64_t out_rows = packed_rows ? p_.tokens_q * p_.heads : rows_;
  results_.output.resize(out_rows * p_.head_dim_v);
  results_.lse.resize(out_rows);
  if (p_.qk_output != kQkNone) results_.qk.resize(rows_ * p_.seqlen_k);
  const int64_t keys = present_tasks_ * p_.seqlen_k;
  results_.present_key.resize(keys * p_.head_dim);
  results_.present_value.resize(keys * p_.head_dim_v);
}

size_t Float64Work::scratch_bytes() const {
  const int64_t width = std::max(p_.head_dim, p_.head_dim_v);
  return static_cast<size_t>(group_rows_ * (p_.seqlen_k + p_.head_dim) + width) * sizeof(double);
}

void Float64Work::run_task(int64_t task, char* scratch) noexcept {
  if (__atomic_load_n(p_.cancel, __ATOMIC_RELAXED)) return;
  if (task >= row_tasks_) return fill_present(task - row_tasks_);
  const int64_t first = task * group_rows_;
  run_rows(first, std::min(first + group_rows_, rows_), reinterpret_cast<double*>(scratch));
}

Float64Row Float64Work::row_at(int64_t index) const {
  if (is_sampled_) return sampled_[index];
  const int64_t head = index / p_.seqlen_q;
  return {head / p_.heads, head % p_.heads, index % p_.seqlen_q};
}

// (batch, query, head) of whole results, (token, head) when varlen; in the order asked for when
// sampled.
int64_t Float64Work::output_row(int64_t index, const Float64Row& row) const {
  if (is_sampled_) return index;
  const int64_t start =
      p_.cu_seqlens_q ? sequence_span(p_, row.batch).first_q : row.batch * p_.seqlen_q;
  return (start + row.query) * p_.heads + row.head;
}

void Float64Work::run_rows(int64_t first, int64_t end, double* scratch) {
  const int64_t shared = p_.heads / p_.heads_kv;
  while (first < end) {
    const Float64Row row = row_at(first);
    Group group{first, 0, row.batch, row.head / shared, sequence_span(p_, row.batch)};
    for (; first < end; first++, group.count++) {
      const Float64Row next = row_at(first);
      if (next.batch != group.batch || next.head / shared != group.head_kv) break;
    }
    run_group(group, scratch);
  }
}

void Float64Work::run_group(const Group& group, double* scratch) {
  double* scores = scratch;
  double* vector = scores + group_rows_ * (p_.seqlen_k + p_.head_dim);
  const int64_t length_k = group.span.length_k;
  score_group(group, scores, vector);
  for (int64_t i = 0; i < group.count; i++) {
    const Float64Row row = row_at(group.first + i);
    if (row.query >= group.span.length_q) continue;
    double* shown =
        p_.qk_output == kQkNone ? nullptr : &results_.qk[(group.first + i) * p_.seqlen_k];
    const double lse = weigh_scores(p_, row, length_k, visible_keys(p_, row, length_k),
                                    scores + i * p_.seqlen_k, shown);
    int64_t at = output_row(group.first + i, row);
    if (!is_sampled_) {
      at = p_.cu_seqlens_q ? row.head * p_.tokens_q + group.span.first_q + row.query
                           : (row.batch * p_.heads + row.head) * p_.seqlen_q + row.query;
    }
    results_.lse[at] = lse;
  }
  combine_group(group, scores, vector);
}

// scores[row][key] = query · key · scale, of all keys.
void Float64Work::score_group(const Group& group, double* scores, double* vector) {
  double* queries = scores + group_rows_ * p_.seqlen_k;
  for (int64_t i = 0; i < group.count; i++) {
    const Float64Row row = row_at(group.first + i);
    if (row.query >= group.span.length_q) continue;
    heads_.read_query(group.span, row, queries + i * p_.head_dim);
  }
  for (int64_t key = 0; key < group.span.length_k; key++) {
    heads_.read_key(group.span, group.batch, group.head_kv, key, vector);
    for (int64_t i = 0; i < group.count; i++) {
      scores[i * p_.seqlen_k + key] =
          kernels_.dot(queries + i * p_.head_dim, vector, p_.head_dim) * p_.scale;
    }
  }
}

void Float64Work::combine_group(const Group& group, const double* scores, double* vector) {
  for (int64_t key = 0; key < group.span.length_k; key++) {
    bool is_read = false;
    for (int64_t i = 0; i < group.count; i++) {
      const double weight = scores[i * p_.seqlen_k + key];
      const Float64Row row = row_at(group.first + i);
      if (row.query >= group.span.length_q || weight == kHiddenWeight) continue;
      if (!is_read) heads_.read_value(group.span, group.batch, group.head_kv, key, vector);
      is_read = true;
      const int64_t at = output_row(group.first + i, row) * p_.head_dim_v;
      kernels_.multiply_add(&results_.output[at], vector, weight, p_.head_dim_v);
    }
  }
}

void Float64Work::fill_present(int64_t pair) {
  const int64_t batch = pair / p_.heads_kv, head = pair % p_.heads_kv;
  const SequenceSpan span = sequence_span(p_, batch);
  for (int64_t key = 0; key < span.length_k; key++) {
    const int64_t row = pair * p_.seqlen_k + key;
    heads_.read_key(span, batch, head, key, &results_.present_key[row * p_.head_dim]);
    heads_.read_value(span, batch, head, key, &results_.present_value[row * p_.head_dim_v]);
  }
}

}  // namespace attnkit::cpu
