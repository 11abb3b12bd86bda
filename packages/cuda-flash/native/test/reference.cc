#include "reference.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "case_values.h"
#include "multiply_rows.h"

namespace attnkit::flash::test {

namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr double kMostWork = 3e8;  // multiplications of a case before queries are left out

int count_panels(int columns) { return (columns + kLanes - 1) / kLanes; }

// A matrix in panels of kLanes columns, for multiply_rows().
class Panels {
 public:
  Panels(int rows, int columns)
      : rows_(rows), numbers_(size_t(rows) * count_panels(columns) * kLanes) {}
  float& at(int row, int column) {
    return numbers_[(size_t(column / kLanes) * rows_ + row) * kLanes + column % kLanes];
  }
  const float* panel(int index, int first_row = 0) const {
    return numbers_.data() + (size_t(index) * rows_ + first_row) * kLanes;
  }

 private:
  const int rows_;
  std::vector<float> numbers_;
};

KeyInterval unite(KeyInterval a, KeyInterval b) {
  if (a.begin >= a.end) return b;
  if (b.begin >= b.end) return a;
  return {std::min(a.begin, b.begin), std::max(a.end, b.end)};
}

// The heads that share keys and values, of one batch entry.
class HeadGroup {
 public:
  HeadGroup(const AttentionCase& c, const CaseData& data, int batch, int head_kv)
      : c_(c),
        data_(data),
        batch_(batch),
        columns_(count_panels(c.value_dim()) * kLanes),
        keys_(c.head_dim, data.keys_of(c, batch)),
        values_(data.keys_of(c, batch), c.value_dim()) {
    const auto number = [&](uint16_t bits) {
      const float value = decode(bits, c.bfloat16);
      return std::isnan(value) ? 0.0f : value;  // only where no query looks
    };
    for (int j = 0; j < data.keys_of(c, batch); ++j) {
      const uint16_t* const k = row_of(data.k, data.first_key(batch) + j, head_kv);
      const uint16_t* const v = row_of(data.v, data.first_key(batch) + j, head_kv);
      for (int i = 0; i < c.head_dim; ++i) keys_.at(i, j) = number(k[i]);
      for (int i = 0; i < c.value_dim(); ++i) values_.at(j, i) = number(v[i]);
    }
  }

  // Some queries of a head, at most kRows.
  void attend(int head, const int* queries, int count, Reference& reference) const {
    std::vector<double> q(size_t(kRows) * c_.head_dim);
    KeyInterval seen[kRows] = {};
    KeyInterval hull{0, 0};
    for (int r = 0; r < count; ++r) {
      const uint16_t* const bits = row_of(data_.q, data_.first_query(batch_) + queries[r], head);
      for (int i = 0; i < c_.head_dim; ++i) {
        q[size_t(r) * c_.head_dim + i] = decode(bits[i], c_.bfloat16);
      }
      seen[r] = visible_keys(c_, data_, batch_, queries[r]);
      hull = unite(hull, seen[r]);
    }
    std::vector<double> output(size_t(kRows) * columns_);
    double lse[kRows];
    attend_hull(q, seen, hull, output, lse);
    for (int r = 0; r < count; ++r) {
      const int64_t row = (int64_t(batch_) * c_.num_heads + head) * c_.seqlen_q + queries[r];
      std::copy_n(&output[size_t(r) * columns_], c_.value_dim(),
                  &reference.output[row * c_.value_dim()]);
      reference.lse[row] = lse[r];
    }
  }

 private:
  const uint16_t* row_of(const View& view, int64_t token, int head) const {
    return data_.input.data() + view.at(batch_, token, head);
  }

  void attend_hull(const std::vector<double>& q, const KeyInterval (&seen)[kRows], KeyInterval hull,
                   std::vector<double>& output, double (&lse)[kRows]) const {
    const int first = hull.begin / kLanes * kLanes;
    const int width = (count_panels(hull.end) * kLanes) - first;
    std::vector<double> weights(size_t(kRows) * width);
    for (int column = 0; column < width; column += kLanes) {
      multiply_rows(q.data(), c_.head_dim, c_.head_dim, keys_.panel((first + column) / kLanes),
                    &weights[column], width);
    }
    for (int r = 0; r < kRows; ++r) {
      lse[r] = to_weights({seen[r].begin - first, seen[r].end - first}, &weights[size_t(r) * width],
                          width);
    }
    for (int column = 0; column < columns_; column += kLanes) {
      multiply_rows(weights.data(), width, hull.end - first, values_.panel(column / kLanes, first),
                    &output[column], columns_);
    }
  }

  // Softmax of products, in place; 0 outside of `seen`. Returns the log-sum-exp.
  double to_weights(KeyInterval seen, double* products, int width) const {
    if (seen.begin >= seen.end) {
      std::fill(products, products + width, 0.0);
      return kNothing;
    }
    double largest = kNothing;
    for (int j = seen.begin; j < seen.end; ++j) {
      products[j] *= c_.softmax_scale();
      if (c_.softcap != 0.0f) products[j] = c_.softcap * std::tanh(products[j] / c_.softcap);
      largest = std::max(largest, products[j]);
    }
    double sum = 0;
    for (int j = seen.begin; j < seen.end; ++j) {
      products[j] = std::exp(products[j] - largest);
      sum += products[j];
    }
    std::fill(products, products + seen.begin, 0.0);
    std::fill(products + seen.end, products + width, 0.0);
    for (int j = seen.begin; j < seen.end; ++j) products[j] /= sum;
    return largest + std::log(sum);
  }

  const AttentionCase& c_;
  const CaseData& data_;
  const int batch_;
  const int columns_;  // of the output, rounded up to panels
  Panels keys_;        // (head dim, key)
  Panels values_;      // (key, value dim)
};

}  // namespace

bool Reference::has(const AttentionCase& c, const CaseData& data, int batch, int query) const {
  const int place = query % 64;
  return sample_step == 1 || place == 0 || place == 63 || query % sample_step == 0 ||
         query + 1 == data.queries_of(c, batch);
}

Reference compute_reference(const AttentionCase& c, const CaseData& data) {
  const int64_t rows = int64_t(c.batch) * c.num_heads * c.seqlen_q;
  Reference reference{std::vector<double>(rows * c.value_dim()), std::vector<double>(rows)};
  const double work = 2.0 * double(rows) * c.seqlen_k * c.head_dim;
  reference.sample_step = int(std::ceil(std::max(1.0, work / kMostWork)));
  const int group = c.num_heads / c.num_heads_kv;
  for (int batch = 0; batch < c.batch; ++batch) {
    std::vector<int> queries;
    for (int query = 0; query < data.queries_of(c, batch); ++query) {
      if (reference.has(c, data, batch, query)) queries.push_back(query);
    }
    for (int head_kv = 0; head_kv < c.num_heads_kv; ++head_kv) {
      const HeadGroup heads(c, data, batch, head_kv);
      for (int head = head_kv * group; head < (head_kv + 1) * group; ++head) {
        for (size_t i = 0; i < queries.size(); i += kRows) {
          const int count = int(std::min<size_t>(kRows, queries.size() - i));
          heads.attend(head, &queries[i], count, reference);
        }
      }
    }
  }
  return reference;
}

double reference_row(const AttentionCase& c, const CaseData& data, int batch, int query, int head,
                     double* output) {
  const int d = c.value_dim();
  const int head_kv = head / (c.num_heads / c.num_heads_kv);
  const KeyInterval keys = visible_keys(c, data, batch, query);
  const uint16_t* const q =
      data.input.data() + data.q.at(batch, data.first_query(batch) + query, head);
  std::vector<double> scores(std::max(0, keys.end - keys.begin));
  double largest = -std::numeric_limits<double>::infinity();
  for (int j = keys.begin; j < keys.end; ++j) {
    const uint16_t* const k =
        data.input.data() + data.k.at(batch, data.first_key(batch) + j, head_kv);
    double score = 0;
    for (int i = 0; i < c.head_dim; ++i) {
      score += double(decode(q[i], c.bfloat16)) * decode(k[i], c.bfloat16);
    }
    score *= c.softmax_scale();
    if (c.softcap != 0.0f) score = c.softcap * std::tanh(score / c.softcap);
    scores[j - keys.begin] = score;
    largest = std::max(largest, score);
  }
  std::fill(output, output + d, 0.0);
  double sum = 0;
  for (int j = keys.begin; j < keys.end; ++j) {
    const double p = std::exp(scores[j - keys.begin] - largest);
    const uint16_t* const v =
        data.input.data() + data.v.at(batch, data.first_key(batch) + j, head_kv);
    for (int i = 0; i < d; ++i) output[i] += p * decode(v[i], c.bfloat16);
    sum += p;
  }
  if (sum == 0) return -std::numeric_limits<double>::infinity();
  for (int i = 0; i < d; ++i) output[i] /= sum;
  return largest + std::log(sum);
}

}  // namespace attnkit::flash::test
