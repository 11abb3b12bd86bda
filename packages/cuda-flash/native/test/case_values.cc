#include "case_values.h"

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>

namespace attnkit::flash::test {

namespace {

enum class Part { kQuery, kKey, kValue };

// Converting every float16 number once is faster than converting each element.
using HalfTable = std::array<float, 1 << 16>;

const HalfTable& half_table() {
  static const std::unique_ptr<const HalfTable> table = [] {
    auto all = std::make_unique<HalfTable>();
    for (size_t bits = 0; bits < all->size(); ++bits) {
      __half_raw raw;
      raw.x = uint16_t(bits);
      (*all)[bits] = __half2float(__half(raw));
    }
    return all;
  }();
  return *table;
}

// Draws from numbers that were drawn before: a case has millions of elements.
class Numbers {
 public:
  explicit Numbers(const AttentionCase& c) : random_(c.seed) {
    std::normal_distribution<float> normal(0.0f, c.magnitude);
    for (uint16_t& x : normals_) x = encode(normal(random_), c.bfloat16);
  }
  uint16_t normal() { return normals_[random_() % normals_.size()]; }
  float integer(int most) { return float(int(random_() % (2 * most + 1)) - most); }
  float sign() { return random_() % 2 == 0 ? 1.0f : -1.0f; }

 private:
  std::mt19937_64 random_;
  std::array<uint16_t, 4096> normals_;
};

// One row of one head.
class RowFiller {
 public:
  RowFiller(const AttentionCase& c, Numbers& numbers) : c_(c), numbers_(numbers) {}

  void fill(Part part, int row, int rows, uint16_t* out) {
    const int dim = part == Part::kValue ? c_.value_dim() : c_.head_dim;
    for (int i = 0; i < dim; ++i) out[i] = element(part, i);
    if (part == Part::kValue) return;
    if (c_.values == Values::kHuge) {
      out[0] = number(numbers_.sign() * (part == Part::kQuery ? kHugeQuery : huge_key()));
    } else if (c_.rise != 0.0f || c_.hot_score != 0.0f) {
      out[0] = number(part == Part::kQuery ? 1.0f : steered_score(row, rows) / c_.softmax_scale());
    }
  }

 private:
  static constexpr float kHugeQuery = 64.0f;

  float huge_key() const { return std::round(1e4f / (kHugeQuery * std::fabs(c_.softmax_scale()))); }

  float steered_score(int row, int rows) const {
    return c_.rise * float(row) / float(rows) + (row == c_.hot_key ? c_.hot_score : 0.0f);
  }

  uint16_t element(Part part, int i) {
    const bool is_value = part == Part::kValue;
    switch (c_.values) {
      case Values::kNormal:
        return numbers_.normal();
      case Values::kIntegers:
        return number(numbers_.integer(is_value ? 8 : 2));
      case Values::kEqual:
        return number(is_value ? numbers_.integer(8) : 0.5f);
      case Values::kHuge:
        return is_value ? numbers_.normal() : number(i < 8 ? numbers_.integer(1) : 0.0f);
    }
    return kNan;
  }

  uint16_t number(float value) const { return encode(value, c_.bfloat16); }

  const AttentionCase& c_;
  Numbers& numbers_;
};

// Whether some row of a batch entry sees a key, by key.
std::vector<bool> seen_keys(const AttentionCase& c, const CaseData& data, int batch) {
  std::vector<bool> seen(data.keys_of(c, batch), false);
  for (int i = 0; i < data.queries_of(c, batch); ++i) {
    const KeyInterval keys = visible_keys(c, data, batch, i);
    std::fill(seen.begin() + keys.begin, seen.begin() + keys.end, true);
  }
  return seen;
}

}  // namespace

float decode(uint16_t bits, bool bfloat16) {
  if (!bfloat16) return half_table()[bits];
  const uint32_t wide = uint32_t(bits) << 16;
  float value;
  std::memcpy(&value, &wide, sizeof(value));
  return value;
}

uint16_t encode(float value, bool bfloat16) {
  if (bfloat16) return __nv_bfloat16_raw(__float2bfloat16(value)).x;
  return __half_raw(__float2half(value)).x;
}

CaseData make_data(const AttentionCase& c) {
  CaseData data = place_data(c);
  data.input.assign(data.input_elements, kNan);
  Numbers numbers(c);
  RowFiller filler(c, numbers);
  for (int b = 0; b < c.batch; ++b) {
    for (int row = 0; row < data.queries_of(c, b); ++row) {
      for (int head = 0; head < c.num_heads; ++head) {
        filler.fill(Part::kQuery, row, data.queries_of(c, b),
                    &data.input[data.q.at(b, data.first_query(b) + row, head)]);
      }
    }
    const std::vector<bool> seen = seen_keys(c, data, b);
    for (int row = 0; row < int(seen.size()); ++row) {
      for (int head = 0; head < c.num_heads_kv && seen[row]; ++head) {
        const int64_t token = data.first_key(b) + row;
        filler.fill(Part::kKey, row, int(seen.size()), &data.input[data.k.at(b, token, head)]);
        filler.fill(Part::kValue, row, int(seen.size()), &data.input[data.v.at(b, token, head)]);
      }
    }
  }
  return data;
}

}  // namespace attnkit::flash::test
