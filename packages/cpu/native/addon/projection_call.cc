#include "projection_call.h"

#include <cmath>
#include <cstring>

#include "../engine/kernels.h"
#include "arguments.h"
#include "call.h"
#include "projection_work.h"
#include "short_work.h"

namespace attnkit::cpu {
namespace {

constexpr int32_t kNeverCancelled = 0;
constexpr double kMostSize = 2147483647;

// The tensors of a call, each as large as its sizes ask for or larger.
struct Factors {
  Operand input, weights, product;
};

class ProjectionCall : public Call {
 public:
  // Throws std::bad_alloc.
  ProjectionCall(std::shared_ptr<Environment> environment, int threads, const KernelTable& kernels,
                 Projection projection, const Factors& factors)
      : Call(std::move(environment), threads), product_(factors.product) {
    hold_weights(kernels, projection, factors.weights);
    projection.input = hold(factors.input, input_);
    if (!input_.block) std::memcpy(input_.copy.data(), factors.input.data, factors.input.bytes());
    projection.product = product_.data = hold(product_, result_);
    product_.staged = !result_.block;
    projection.cancel = cancel_flag();
    work_ = std::make_unique<ProjectionWork>(kernels, projection, threads);
  }
  Work& work() override { return *work_; }

 protected:
  void copy_results(napi_env env, napi_value target) override {
    if (!product_.staged) return;
    const Operand to = read_operand(env, target, product_.dtype, "product");
    if (to.elements < product_.elements) {
      fail("buffer-not-stable", "product lies in a buffer that shrank during the call");
    }
    std::memcpy(to.data, product_.data, product_.bytes());
  }

 private:
  // Memory that stays: a share in what native code owns already, or memory for a copy.
  struct Held {
    BlockRef block;
    AlignedBuffer copy;
  };

  static char* hold(const Operand& operand, Held& held) {
    held.block = find_block(operand.data, operand.bytes());
    if (held.block) return operand.data;
    held.copy.reserve(std::max<int64_t>(operand.bytes(), 1));
    return held.copy.data();
  }

  // Weights that belong to JavaScript are copied by packing them, which the kernel would do anyway.
  void hold_weights(const KernelTable& kernels, Projection& projection, const Operand& weights) {
    weights_.block = find_block(weights.data, weights.bytes());
    if (weights_.block) return;
    ProjectionPlan plan;
    kernels.plan_projection(projection, threads(), plan);
    weights_.copy.reserve(std::max<size_t>(plan.packed_floats * sizeof(float), 1));
    float* packed = reinterpret_cast<float*>(weights_.copy.data());
    PackingWork packing(kernels, projection, plan, packed);
    if (!environment().engine().run_here(packing, threads())) run_alone(packing);
    projection.packed = packed;
  }

  Operand product_;
  Held input_, weights_, result_;
  std::unique_ptr<ProjectionWork> work_;
};

// Sizes as JavaScript gives them; the addresses stay null.
Projection read_projection(napi_env env, napi_value array) {
  const Operand numbers = read_operand(env, array, kFloat64, "sizes");
  if (numbers.elements != 4) fail("invalid-argument", "sizes are not four numbers");
  const double* values = reinterpret_cast<const double*>(numbers.data);
  const auto read = [values](int at, double most, const char* name) {
    const double value = values[at];
    if (!(value >= 0 && value <= most && value == std::floor(value))) {
      fail("invalid-argument", std::string(name) + " is no integer from 0 to " +
                                   std::to_string(static_cast<int64_t>(most)));
    }
    return static_cast<int64_t>(value);
  };
  Projection p{};
  p.dtype = static_cast<int32_t>(read(0, kBfloat16, "dtype"));
  p.tokens = read(1, kMostSize, "tokens");
  p.input_width = read(2, kMostSize, "inputWidth");
  p.width = read(3, kMostSize, "width");
  return p;
}

Operand read_factor(napi_env env, napi_value array, int32_t dtype, int64_t elements,
                    const char* name) {
  Operand operand = read_operand(env, array, dtype, name);
  if (operand.elements < elements) {
    fail("invalid-argument", std::string(name) + " has " + std::to_string(operand.elements) +
                                 " elements, required are " + std::to_string(elements));
  }
  operand.elements = elements;
  return operand;
}

// Runs a short product in place.
bool run_if_short(Engine& engine, const KernelTable& kernels, const Projection& projection,
                  int threads) {
  ProjectionWork work(kernels, projection, threads);
  if (work.tasks() == 0) return true;
  if (work.estimate(threads) > kShortMicroseconds) return false;
  return run_short(engine, work, threads, work.estimate(1));
}

}  // namespace

napi_value project(napi_env env, napi_callback_info info) {
  return guarded(env, [&] {
    static const KernelTable* const kernels = choose_kernels();
    if (!kernels)
      fail("invalid-argument", "ATTNKIT_CPU_ISA names no instruction set of this machine");
    const auto [sizes, input, weights, product, thread_count, done] = read_arguments<6>(env, info);
    const int threads = static_cast<int>(read_integer(env, thread_count, 1, 1024, "threads"));
    Projection p = read_projection(env, sizes);
    const Factors factors{
        read_factor(env, input, p.dtype, p.tokens * p.input_width, "input"),
        read_factor(env, weights, p.dtype, p.input_width * p.width, "weights"),
        read_factor(env, product, p.dtype, p.tokens * p.width, "product"),
    };
    p.input = factors.input.data;
    p.weights = factors.weights.data;
    p.product = factors.product.data;
    p.cancel = &kNeverCancelled;
    const std::shared_ptr<Environment> environment = Environment::of(env);
    if (run_if_short(environment->engine(), *kernels, p, threads)) return make_boolean(env, true);
    auto call = std::make_unique<ProjectionCall>(environment, threads, *kernels, p, factors);
    call->keep(env, done, product);
    environment->start(std::move(call));
    return make_boolean(env, false);
  });
}

}  // namespace attnkit::cpu
