// What one JavaScript environment (the main thread, a worker) has of the addon: its calls under
// way, and the way back to its thread. Outlives the environment for as long as calls are under way.
#pragma once
#include <node_api.h>

#include <memory>
#include <mutex>
#include <unordered_set>

#include "../engine/engine.h"

namespace attnkit::cpu {

class Call;

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  // Fails with a CallError. Lives until the environment closes.
  static std::shared_ptr<Environment> open(napi_env env);
  static std::shared_ptr<Environment> of(napi_env env);

  Engine& engine() { return *engine_; }

  // On the JavaScript thread: takes the call over and hands it to the engine.
  void start(std::unique_ptr<Call> call);
  // On any thread: brings a finished call back to the JavaScript thread, or ends it when there is
  // none.
  void bring_back(Call* call) noexcept;
  size_t calls_under_way();

 private:
  explicit Environment(napi_env env) : env_(env), engine_(shared_engine()) {}
  void close() noexcept;
  void forget(Call* call) noexcept;
  static void deliver(napi_env env, napi_value, void* context, void* data);

  napi_env env_;
  napi_threadsafe_function deliver_ = nullptr;
  std::shared_ptr<Engine> engine_;
  std::mutex mutex_;
  bool closed_ = false;
  std::unordered_set<Call*> calls_;
};

}  // namespace attnkit::cpu
