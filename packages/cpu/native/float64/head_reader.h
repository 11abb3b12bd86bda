// Queries, keys and values as float64 vectors: past and new ones together, with bias, norm and
// rotary embedding.
#pragma once
#include "float64_row.h"

namespace attnkit::cpu {

class HeadReader {
 public:
  // `problem` must live as long.
  explicit HeadReader(const Problem& problem) : p_(problem) {}

  void read_query(const SequenceSpan& span, const Float64Row& row, double* to) const;
  // Key or value `key` of a sequence, past included.
  void read_key(const SequenceSpan& span, int64_t batch, int64_t head_kv, int64_t key,
                double* to) const;
  void read_value(const SequenceSpan& span, int64_t batch, int64_t head_kv, int64_t key,
                  double* to) const;

 private:
  struct Token {
    int64_t batch, index, key;  // `index`: in its sequence; `key`: among the keys
  };
  void read(const HeadView& view, int64_t batch, int64_t row, int64_t head, int64_t width,
            double* to) const;
  void add_bias(const char* bias, int64_t head, int64_t width, double* to) const;
  void embed(const Token& token, const char* weights, double* head) const;
  void rotate(int64_t position, double* head) const;
  // Of one pair of elements at a position.
  void turn(int64_t position, int64_t pair, double* cosine, double* sine) const;

  const Problem& p_;
};

}  // namespace attnkit::cpu
