#include "reference.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <thread>

#include "case_values.h"
#include "multiply_rows.h"

namespace attnkit::flash::test {

namespace {

constexpr int kChunk = 128;       // queries of a work item
constexpr double kMostWork = 1e9;  // multiplications of a case before queries are left out

int round_up_to_lanes(int n) { return (n + kLanes - 1) / kLanes * kLanes; }

// Some queries of one head, whose keys and values are converted once for all of them.
class HeadChunk {
 public:
  HeadChunk(const AttentionCase& c, const CaseData& data, int batch, int head)
      : c_(c), data_(data), batch_(batch), head_(head), columns_(round_up_to_lanes(c.head_dim)) {}

  void compute(int begin, int end, Reference& reference) {
    std::vector<int> queries;
    KeyInterval all{std::numeric_limits<int>::max(), 0};
    for (int query = begin; query < end; ++query) {
      if (!reference.has(c_, data_, batch_, query)) continue;
      queries.push_back(query);
      const KeyInterval keys = visible_keys(c_, data_, batch_, query);
      if (keys.begin >= keys.end) continue;
      all = {std::min(all.begin, keys.begin), std::max(all.end, keys.end)};
    }
    if (all.begin < all.end) convert_keys(all);
    for (size_t i = 0; i < queries.size(); i += kRows) {
      const int count = int(std::min<size_t>(kRows, queries.size() - i));
      attend(&queries[i], count, reference);
    }
  }

 private:
  const uint16_t* row_of(const View& view, int64_t token, int head) const {
    return data_.input.data() + view.at(batch_, token, head);
  }

  // Keys as columns, values as rows. What no query sees may be NaN, and stands as 0.
  void convert_keys(KeyInterval all) {
    const int head_kv = head_ / (c_.num_heads / c_.num_heads_kv);
    const int count = all.end - all.begin;
    all_ = all;
    key_columns_ = round_up_to_lanes(count);
    keys_.assign(size_t(c_.head_dim) * key_columns_, 0.0);
    values_.assign(size_t(key_columns_) * columns_, 0.0);
    const auto number = [&](uint16_t bits) {
      const double value = decode(bits, c_.bfloat16);
      return std::isnan(value) ? 0.0 : value;
    };
    for (int j = 0; j < count; ++j) {
      const int64_t token = data_.first_key(batch_) + all.begin + j;
      const uint16_t* const k = row_of(data_.k, token, head_kv);
      const uint16_t* const v = row_of(data_.v, token, head_kv);
      for (int i = 0; i < c_.head_dim; ++i) {
        keys_[size_t(i) * key_columns_ + j] = number(k[i]);
        values_[size_t(j) * columns_ + i] = number(v[i]);
      }
    }
  }

  // Up to kRows queries.
  void attend(const int* queries, int count, Reference& reference) {
    KeyInterval seen[kRows] = {};
    KeyInterval hull{std::numeric_limits<int>::max(), 0};
    std::vector<double> q(size_t(kRows) * c_.head_dim);
    for (int r = 0; r < count; ++r) {
      const uint16_t* const bits = row_of(data_.q, data_.first_query(batch_) + queries[r], head_);
      for (int i = 0; i < c_.head_dim; ++i) {
        q[size_t(r) * c_.head_dim + i] = decode(bits[i], c_.bfloat16);
      }
      seen[r] = visible_keys(c_, data_, batch_, queries[r]);
      if (seen[r].begin >= seen[r].end) continue;
      hull = {std::min(hull.begin, seen[r].begin), std::max(hull.end, seen[r].end)};
    }
    std::vector<double> output(size_t(kRows) * columns_, 0.0);
    double lse[kRows];
    std::fill(lse, lse + kRows, -std::numeric_limits<double>::infinity());
    if (hull.begin < hull.end) attend_hull(q, seen, hull, output, lse);
    for (int r = 0; r < count; ++r) {
      const int64_t row =
          (int64_t(batch_) * c_.num_heads + head_) * c_.seqlen_q + queries[r];
      std::copy_n(&output[size_t(r) * columns_], c_.head_dim, &reference.output[row * c_.head_dim]);
      reference.lse[row] = lse[r];
    }
  }

  void attend_hull(const std::vector<double>& q, const KeyInterval (&seen)[kRows],
                   KeyInterval hull, std::vector<double>& output, double (&lse)[kRows]) {
    const int first = (hull.begin - all_.begin) / kLanes * kLanes;
    const int width = round_up_to_lanes(hull.end - all_.begin) - first;
    std::vector<double> weights(size_t(kRows) * width, 0.0);
    multiply_rows(q.data(), c_.head_dim, &keys_[first], key_columns_, weights.data(), width);
    for (int r = 0; r < kRows; ++r) {
      const int shift = all_.begin + first;
      lse[r] = to_weights({seen[r].begin - shift, seen[r].end - shift}, &weights[r * width], width);
    }
    multiply_rows(weights.data(), width, &values_[size_t(first) * columns_], columns_, output.data(),
                  columns_);
  }

  // Softmax of products, in place; 0 outside of `seen`. Returns the log-sum-exp.
  double to_weights(KeyInterval seen, double* products, int width) const {
    constexpr double kNothing = -std::numeric_limits<double>::infinity();
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
  const int batch_, head_;
  const int columns_;  // of the head dim
  int key_columns_ = 0;
  KeyInterval all_{0, 0};
  std::vector<double> keys_, values_;
};

}  // namespace

bool Reference::has(const AttentionCase& c, const CaseData& data, int batch, int query) const {
  const int place = query % 64;
  return sample_step == 1 || place == 0 || place == 63 || query % sample_step == 0 ||
         query + 1 == data.queries_of(c, batch);
}

Reference compute_reference(const AttentionCase& c, const CaseData& data) {
  const int64_t rows = int64_t(c.batch) * c.num_heads * c.seqlen_q;
  Reference reference{std::vector<double>(rows * c.head_dim), std::vector<double>(rows)};
  const double work = 2.0 * double(rows) * c.seqlen_k * c.head_dim;
  reference.sample_step = int(std::ceil(std::max(1.0, work / kMostWork)));
  const int chunks = (c.seqlen_q + kChunk - 1) / kChunk;
  const int64_t items = int64_t(c.batch) * c.num_heads * chunks;
  std::atomic<int64_t> next{0};
  const auto work_through = [&] {
    for (int64_t item; (item = next++) < items;) {
      const int head = int(item / chunks % c.num_heads);
      const int batch = int(item / chunks / c.num_heads);
      const int begin = int(item % chunks) * kChunk;
      const int end = std::min(begin + kChunk, data.queries_of(c, batch));
      HeadChunk(c, data, batch, head).compute(begin, end, reference);
    }
  };
  std::vector<std::thread> threads;
  const unsigned workers = work < 1e6 ? 1 : std::max(1u, std::thread::hardware_concurrency());
  for (unsigned worker = 1; worker < workers; ++worker) threads.emplace_back(work_through);
  work_through();
  for (auto& thread : threads) thread.join();
  return reference;
}

double reference_row(const AttentionCase& c, const CaseData& data, int batch, int query, int head,
                     double* output) {
  const int d = c.head_dim;
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
    for (int i = 0; i < d; ++i) {
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
