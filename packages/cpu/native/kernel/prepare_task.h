// Norm and rotary embedding, before attention: Q and the new K, with their bias, go through them
// once and lie in the workspace then, in float32, head by head. Attention and what appends to
// present read them there as if they had come so.
#pragma once
#include "kernel_scratch.h"
#include "rms_norm.h"
#include "rotary.h"

namespace attnkit::cpu {
namespace {

constexpr int64_t kPrepareElements = 1 << 16;  // of one task, about

ATTNKIT_INLINE bool needs_preparing(const Problem& p) { return p.norm.q_weights || p.rotary.dim; }

// Either Q or the new K: as they come, and as they are prepared.
struct Prepared {
  HeadView from, to;
  const char *bias, *weights;
  int64_t heads, seqlen;  // tokens of a sequence, at most
  int64_t tokens;         // of one (batch, head) in the workspace; varlen: of all sequences
  bool are_keys;
};

ATTNKIT_INLINE Prepared prepared_heads(const Problem& p, const TaskPlan& plan, char* workspace,
                                       bool are_keys) {
  Prepared all;
  all.are_keys = are_keys;
  all.from = are_keys ? p.k : p.q;
  all.bias = are_keys ? p.k_bias : p.q_bias;
  all.weights = are_keys ? p.norm.k_weights : p.norm.q_weights;
  all.heads = are_keys ? p.heads_kv : p.heads;
  all.seqlen = are_keys ? p.seqlen_k - p.past_length : p.seqlen_q;
  all.tokens = !p.cu_seqlens_q ? all.seqlen : are_keys ? p.tokens_k : p.tokens_q;
  all.to.data = workspace + (are_keys ? plan.prepared_k : plan.prepared_q);
  all.to.seq_stride = p.head_dim;
  all.to.head_stride = all.tokens * p.head_dim;
  all.to.batch_stride = p.cu_seqlens_q ? 0 : all.heads * all.to.head_stride;
  return all;
}

ATTNKIT_INLINE int64_t prepared_bytes(const Problem& p, const Prepared& all) {
  const int64_t sequences = p.cu_seqlens_q ? 1 : p.batch;
  return round_up(sequences * all.heads * all.tokens * p.head_dim * 4, 64);
}

// A new token: where it lies in its sequence, and where that lies.
struct NewToken {
  int64_t batch, index, token, position;
  bool is_there;
};

ATTNKIT_INLINE NewToken locate_token(const Problem& p, const Prepared& all, int64_t number) {
  NewToken at{number / all.seqlen, number % all.seqlen, 0, 0, true};
  const int64_t past = past_keys(p, at.batch);
  int64_t length_q = p.seqlen_q, added = p.seqlen_k - p.past_length, first_q = 0, first_k = 0;
  if (p.cu_seqlens_q) {
    length_q = sequence(p.cu_seqlens_q, at.batch, p.tokens_q, p.seqlen_q, &first_q);
    added = sequence(p.cu_seqlens_k, at.batch, p.tokens_k, p.seqlen_k, &first_k);
  }
  at.is_there = at.index < (all.are_keys ? added : length_q);
  at.token = at.index + (all.are_keys ? first_k : first_q);
  at.position = past + at.index + (all.are_keys ? 0 : added - length_q);
  if (p.rotary.positions && at.index < p.seqlen_q) {
    at.position = p.rotary.positions[at.batch * p.seqlen_q + at.index];
  }
  return at;
}

struct PrepareScratch {
  float *row, *cos, *sin;
};

ATTNKIT_INLINE size_t lay_out(const Problem& p, char* base, PrepareScratch& s) {
  Arena arena{base};
  s.row = arena.take<float>(round_up(p.head_dim, kLanes));
  s.cos = arena.take<float>(round_up(p.rotary.dim / 2, kLanes));
  s.sin = arena.take<float>(round_up(p.rotary.dim / 2, kLanes));
  return arena.used;
}

ATTNKIT_INLINE void prepare_head(const Problem& p, const Prepared& all, const NewToken& at,
                                 int64_t head, const PrepareScratch& s) {
  const HeadRows from = head_rows(all.from, at.batch, at.token, head);
  const HeadRows to = head_rows(all.to, at.batch, at.token, head);
  for (int64_t d = 0; d < p.head_dim; d += kLanes) {
    const int64_t left = p.head_dim - d;
    Vec x = load_as_float(from.data, from.first + d, p.dtype, left);
    if (all.bias) x += load_as_float(all.bias, head * p.head_dim + d, p.dtype, left);
    store(s.row + d, x);
  }
  if (all.weights) rms_norm(s.row, p.head_dim, all.weights, p.dtype, p.norm.epsilon);
  if (p.rotary.dim) rotate(p.rotary, s.row, s.cos, s.sin);
  for (int64_t d = 0; d < p.head_dim; d += kLanes) {
    store_as(all.to.data, to.first + d, kFloat32, load(s.row + d), p.head_dim - d);
  }
}

__attribute__((noinline)) void prepare_tokens(const Problem& p, const Prepared& all, int64_t first,
                                              int64_t end, const PrepareScratch& s) {
  for (int64_t number = first; number < end && !cancelled(p); number++) {
    const NewToken at = locate_token(p, all, number);
    if (!at.is_there) continue;
    if (p.rotary.dim) load_turn(p, at.position, s.cos, s.sin);
    for (int64_t head = 0; head < all.heads; head++) prepare_head(p, all, at, head, s);
  }
}

// Tokens are counted over the batch, those of Q first.
void prepare_task(const Problem& p, const TaskPlan& plan, int64_t task, char* scratch,
                  char* workspace) {
  PrepareScratch s;
  lay_out(p, scratch, s);
  const int64_t first = task * plan.prepare_tokens, end = first + plan.prepare_tokens;
  const Prepared q = prepared_heads(p, plan, workspace, false);
  const Prepared k = prepared_heads(p, plan, workspace, true);
  const int64_t queries = p.batch * q.seqlen, keys = p.batch * k.seqlen;
  prepare_tokens(p, q, first, min(end, queries), s);
  prepare_tokens(p, k, max(first - queries, 0), min(end - queries, keys), s);
}

void plan_preparing(const Problem& p, TaskPlan& plan) {
  if (!needs_preparing(p)) return;
  const Prepared q = prepared_heads(p, plan, nullptr, false);
  const Prepared k = prepared_heads(p, plan, nullptr, true);
  plan.prepare_tokens = max(1, kPrepareElements / (p.heads * p.head_dim));
  plan.prepare_tasks = ceil_div(p.batch * (q.seqlen + k.seqlen), plan.prepare_tokens);
  plan.prepared_q = (size_t)round_up((int64_t)plan.workspace_bytes, 64);
  plan.prepared_k = plan.prepared_q + (size_t)prepared_bytes(p, q);
  plan.workspace_bytes = plan.prepared_k + (size_t)prepared_bytes(p, k);
  PrepareScratch s;
  plan.scratch_bytes = (size_t)max((int64_t)plan.scratch_bytes, (int64_t)lay_out(p, nullptr, s));
}

void use_prepared(Problem& p, const TaskPlan& plan, char* workspace) {
  if (!needs_preparing(p)) return;
  const HeadView q = prepared_heads(p, plan, workspace, false).to;
  p.k = prepared_heads(p, plan, workspace, true).to;
  p.q = q;
  p.q_bias = p.k_bias = nullptr;
  p.qk_dtype = kFloat32;
}

}  // namespace
}  // namespace attnkit::cpu
