#include "float64_call.h"

#include <cstring>

#include "../engine/kernels.h"
#include "../float64/float64_work.h"
#include "arguments.h"
#include "call.h"

namespace attnkit::cpu {
namespace {

class Float64Call : public Call {
 public:
  Float64Call(std::shared_ptr<Environment> environment, int threads, const KernelTable& kernels,
              const ProblemValues& values, Operands operands, const std::vector<Float64Row>* rows)
      : Call(std::move(environment), threads), values_(values) {
    for (int role = 0; role < kRoles; role++) {
      if (is_output(role)) operands[role] = {};
    }
    staging_.take(operands, false);
    Problem problem = bind_problem(values_, operands, false);
    problem.cancel = cancel_flag();
    work_ = std::make_unique<Float64Work>(kernels, problem, values.present, rows);
  }
  Work& work() override { return *work_; }

 protected:
  void copy_results(napi_env env, napi_value targets) override {
    const Float64Results& r = work_->results();
    const std::vector<double>* all[] = {&r.output, &r.lse, &r.qk, &r.present_key, &r.present_value};
    for (uint32_t i = 0; i < 5; i++) {
      napi_value value;
      check(napi_get_element(env, targets, i, &value), "reading the results' arrays");
      if (is_undefined(env, value)) continue;
      const Operand target = read_operand(env, value, kFloat64, "a result's array");
      if (target.elements != static_cast<int64_t>(all[i]->size())) {
        fail("internal", "array " + std::to_string(i) + " of the results has " +
                             std::to_string(target.elements) + " elements, required are " +
                             std::to_string(all[i]->size()));
      }
      std::memcpy(target.data, all[i]->data(), target.bytes());
    }
  }

 private:
  const ProblemValues values_;
  Staging staging_;
  std::unique_ptr<Float64Work> work_;
};

std::vector<Float64Row> read_rows(napi_env env, napi_value array, const Problem& p) {
  const Operand numbers = read_operand(env, array, kFloat64, "rows");
  const double* values = reinterpret_cast<const double*>(numbers.data);
  std::vector<Float64Row> rows(numbers.elements / 3);
  const auto read = [values](size_t at, int64_t size, const char* name) {
    if (!(values[at] >= 0 && values[at] < static_cast<double>(size))) {
      fail("invalid-argument", std::string("a row's ") + name + " is outside of the problem");
    }
    return static_cast<int64_t>(values[at]);
  };
  for (size_t i = 0; i < rows.size(); i++) {
    rows[i] = {read(3 * i, p.batch, "batch"), read(3 * i + 1, p.heads, "head"),
               read(3 * i + 2, p.seqlen_q, "query")};
  }
  return rows;
}

}  // namespace

napi_value float64(napi_env env, napi_callback_info info) {
  return guarded(env, [&]() -> napi_value {
    static const KernelTable* const kernels = choose_kernels();
    if (!kernels)
      fail("invalid-argument", "ATTNKIT_CPU_ISA names no instruction set of this machine");
    const auto [numbers, tensors, row_list, targets, thread_count, done] =
        read_arguments<6>(env, info);
    const int threads = static_cast<int>(read_integer(env, thread_count, 1, 1024, "threads"));
    const ProblemValues values = read_values(env, numbers);
    const Operands operands = read_operands(env, tensors, values);
    bind_problem(values, operands, false);  // before anything is copied
    const bool sampled = !is_undefined(env, row_list);
    std::vector<Float64Row> rows;
    if (sampled) rows = read_rows(env, row_list, values.problem);
    auto call = std::make_unique<Float64Call>(Environment::of(env), threads, *kernels, values,
                                              operands, sampled ? &rows : nullptr);
    call->keep(env, done, targets);
    call->environment().start(std::move(call));
    return nullptr;
  });
}

}  // namespace attnkit::cpu
