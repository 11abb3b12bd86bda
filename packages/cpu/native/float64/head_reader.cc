#include "head_reader.h"

#include <algorithm>
#include <cmath>

#include "element_reader.h"

namespace attnkit::cpu {

void HeadReader::read_query(const SequenceSpan& span, const Float64Row& row, double* to) const {
  read(p_.q, row.batch, span.first_q + row.query, row.head, p_.head_dim, to);
  add_bias(p_.q_bias, row.head, p_.head_dim, to);
  const int64_t key = span.length_k - span.length_q + row.query;
  embed({row.batch, row.query, key}, p_.norm.q_weights, to);
}

void HeadReader::read_key(const SequenceSpan& span, int64_t batch, int64_t head_kv, int64_t key,
                          double* to) const {
  if (key < span.past) return read(p_.past_key, batch, key, head_kv, p_.head_dim, to);
  const int64_t index = key - span.past;
  read(p_.k, batch, span.first_k + index, head_kv, p_.head_dim, to);
  add_bias(p_.k_bias, head_kv, p_.head_dim, to);
  embed({batch, index, key}, p_.norm.k_weights, to);
}

void HeadReader::read_value(const SequenceSpan& span, int64_t batch, int64_t head_kv, int64_t key,
                            double* to) const {
  if (key < span.past) return read(p_.past_value, batch, key, head_kv, p_.head_dim_v, to);
  read(p_.v, batch, span.first_k + key - span.past, head_kv, p_.head_dim_v, to);
  add_bias(p_.v_bias, head_kv, p_.head_dim_v, to);
}

void HeadReader::read(const HeadView& view, int64_t batch, int64_t row, int64_t head, int64_t width,
                      double* to) const {
  const int64_t at = batch * view.batch_stride + row * view.seq_stride + head * view.head_stride;
  read_elements(view.data, at, p_.dtype, width, to);
}

void HeadReader::add_bias(const char* bias, int64_t head, int64_t width, double* to) const {
  if (!bias) return;
  for (int64_t d = 0; d < width; d++) to[d] += read_element(bias, head * width + d, p_.dtype);
}

void HeadReader::embed(const Token& token, const char* weights, double* head) const {
  if (weights) {
    double squares = 0;
    for (int64_t d = 0; d < p_.head_dim; d++) squares += head[d] * head[d];
    const double factor =
        1 / std::sqrt(squares / static_cast<double>(p_.head_dim) + p_.norm.epsilon);
    for (int64_t d = 0; d < p_.head_dim; d++) {
      head[d] *= factor * read_element(weights, d, p_.dtype);
    }
  }
  if (p_.rotary.dim == 0) return;
  const bool given = p_.rotary.positions && token.index < p_.seqlen_q;
  rotate(given ? p_.rotary.positions[token.batch * p_.seqlen_q + token.index] : token.key, head);
}

void HeadReader::rotate(int64_t position, double* head) const {
  const Rotary& rotary = p_.rotary;
  const int64_t pairs = rotary.dim / 2;
  for (int64_t pair = 0; pair < pairs; pair++) {
    double* a = head + (rotary.interleaved ? 2 * pair : pair);
    double* b = a + (rotary.interleaved ? 1 : pairs);
    double cosine, sine;
    turn(position, pair, &cosine, &sine);
    const double x = *a, y = *b;
    *a = x * cosine - y * sine;
    *b = y * cosine + x * sine;
  }
}

void HeadReader::turn(int64_t position, int64_t pair, double* cosine, double* sine) const {
  const Rotary& rotary = p_.rotary;
  if (!rotary.cos) {
    const double angle = static_cast<double>(position) * rotary.frequencies[pair];
    *cosine = std::cos(angle);
    *sine = std::sin(angle);
    return;
  }
  const int64_t row = std::clamp<int64_t>(position, 0, rotary.table_rows - 1);
  const int64_t at = row * (rotary.dim / 2) + pair;
  *cosine = read_element(rotary.cos, at, p_.dtype);
  *sine = read_element(rotary.sin, at, p_.dtype);
}

}  // namespace attnkit::cpu
