#include "attention_call.h"

#include <algorithm>
#include <cstring>

#include "../engine/kernels.h"
#include "arguments.h"
#include "results.h"
#include "short_work.h"

namespace attnkit::cpu {
namespace {

constexpr int32_t kNeverCancelled = 0;

class AttentionCall : public Call {
 public:
  // Throws std::bad_alloc and CallError.
  AttentionCall(std::shared_ptr<Environment> environment, int threads, const KernelTable& kernels,
                const ProblemValues& values, const Operands& operands)
      : Call(std::move(environment), threads), values_(values), operands_(operands) {
    staging_.take(operands_, values.varlen);
    Problem problem = bind_problem(values_, operands_);
    problem.cancel = cancel_flag();
    work_ = std::make_unique<AttentionWork>(kernels, problem, threads);
    work_->reserve_workspace();
  }
  Work& work() override { return *work_; }

 protected:
  void copy_results(napi_env env, napi_value targets) override {
    for (int role = 0; role < kRoles; role++) {
      const Operand& copy = operands_[role];
      if (!copy.staged || !is_output(role)) continue;
      napi_value value;
      check(napi_get_element(env, targets, role, &value), "reading the outputs");
      const Operand target = read_operand(env, value, copy.dtype, kRoleNames[role]);
      if (target.elements < copy.elements) {
        fail("buffer-not-stable",
             std::string(kRoleNames[role]) + " lies in a buffer that shrank during the call");
      }
      copy_result(work_->problem(), role, copy, target);
    }
  }

 private:
  const ProblemValues values_;
  Operands operands_;
  Staging staging_;
  std::unique_ptr<AttentionWork> work_;
};

// How long the copies of a call that goes on without its caller would take, at 8 GB/s.
double copy_microseconds(const Operands& operands) {
  double bytes = 0;
  for (int role = 0; role < kRoles; role++) {
    const Operand& operand = operands[role];
    if (!operand.data || is_output(role) || find_block(operand.data, operand.bytes())) continue;
    bytes += static_cast<double>(operand.bytes());
  }
  return bytes / 8000;
}

// Runs work in place while JavaScript waits, and so cannot touch its memory: when it is short, and
// when it takes no longer than the copies that the caller would wait for otherwise (a token against
// a long cache in plain arrays).
bool run_if_short(Engine& engine, const KernelTable& kernels, const Problem& problem,
                  const Operands& operands, int threads) {
  AttentionWork work(kernels, problem, threads);
  if (work.tasks() == 0) return true;
  const double wait = work.estimate(threads);
  if (wait > kShortMicroseconds && wait > copy_microseconds(operands)) return false;
  work.reserve_workspace();
  return run_short(engine, work, threads, work.estimate(1));
}

// Keys of all sequences, as far as they are looked at.
double count_keys(const Problem& p) {
  const auto open = [&p](int64_t length) {
    return static_cast<double>(p.qk ? p.seqlen_k : std::clamp<int64_t>(length, 0, p.seqlen_k));
  };
  if (!p.key_lengths) return static_cast<double>(p.batch) * open(p.key_length);
  double keys = 0;
  for (int64_t b = 0; b < p.batch; b++) keys += open(p.key_lengths[b]);
  return keys;
}

}  // namespace

AttentionWork::AttentionWork(const KernelTable& kernels, const Problem& problem, int threads)
    : kernels_(kernels), problem_(problem), prepared_(problem) {
  kernels.plan(problem_, threads, plan_);
}

void AttentionWork::reserve_workspace() {
  if (plan_.workspace_bytes == 0) return;
  workspace_.reserve(plan_.workspace_bytes);
  std::memset(workspace_.data(), 0, plan_.counter_bytes);
  kernels_.use_prepared(prepared_, plan_, workspace_.data());
}

// Of a thread: 5 GFLOP/s for each lane in tiles, 12 GB/s where keys and values pass by once.
double AttentionWork::estimate(int threads) const {
  const Problem& p = problem_;
  const double rows = count_keys(p), pairs = rows * p.heads * p.seqlen_q;
  const double flops = 2 * pairs * (p.head_dim + p.head_dim_v) * (p.causal ? 0.6 : 1.0);
  const double bytes = rows * p.heads_kv * (p.head_dim + p.head_dim_v) * dtype_bytes(p.dtype);
  const bool copies = p.present_key.data && p.present_key.data != p.past_key.data;
  const double passes = copies ? 3 : 1;
  const double scores = p.qk || p.bias.data || p.mask.data || p.softcap != 0 ? pairs / 200 : 0;
  const double tokens = static_cast<double>(p.batch) * (p.seqlen_q + p.seqlen_k - p.past_length);
  const double prepared = plan_.prepare_tasks > 0 ? tokens * p.heads * p.head_dim / 2000 : 0;
  const double products = std::max(flops / (5000.0 * kernels_.lanes), bytes * passes / 12000);
  const double work = products + scores + prepared;
  return work / std::clamp<double>(static_cast<double>(plan_.tasks), 1, threads);
}

void AttentionWork::run_task(int64_t task, char* scratch) noexcept {
  const Problem& problem = task < plan_.prepare_tasks ? problem_ : prepared_;
  kernels_.run(problem, plan_, task, scratch, workspace_.data());
}

napi_value attend(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    static const KernelTable* const kernels = choose_kernels();
    if (!kernels)
      fail("invalid-argument", "ATTNKIT_CPU_ISA names no instruction set of this machine");
    const auto [numbers, tensors, thread_count, done] = read_arguments<4>(env, info);
    const int threads = static_cast<int>(read_integer(env, thread_count, 1, 1024, "threads"));
    const ProblemValues values = read_values(env, numbers);
    if (values.problem.dtype > kBfloat16 || values.bias.dtype > kBfloat16) {
      fail("invalid-argument", "float64 is not supported");
    }
    const Operands operands = read_operands(env, tensors, values);
    Problem problem = bind_problem(values, operands);
    problem.cancel = &kNeverCancelled;
    const std::shared_ptr<Environment> environment = Environment::of(env);
    if (run_if_short(environment->engine(), *kernels, problem, operands, threads)) {
      return make_boolean(env, true);
    }
    auto call = std::make_unique<AttentionCall>(environment, threads, *kernels, values, operands);
    call->keep(env, done, tensors);
    environment->start(std::move(call));
    return make_boolean(env, false);
  });
}

}  // namespace attnkit::cpu
