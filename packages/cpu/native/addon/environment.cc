#include "environment.h"

#include "call.h"
#include "call_error.h"

namespace attnkit::cpu {
namespace {

using Owner = std::shared_ptr<Environment>;

}  // namespace

std::shared_ptr<Environment> Environment::open(napi_env env) {
  Owner self(new Environment(env));
  napi_value name;
  check(napi_create_string_utf8(env, "attnkit.cpu", NAPI_AUTO_LENGTH, &name), "naming the queue");
  check(napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr,
                                        nullptr, deliver, &self->deliver_),
        "making the queue");
  // Only calls under way keep the event loop alive.
  check(napi_unref_threadsafe_function(env, self->deliver_), "releasing the event loop");
  auto* owner = new Owner(self);
  const auto free_owner = [](napi_env, void* data, void*) { delete static_cast<Owner*>(data); };
  check(napi_set_instance_data(env, owner, free_owner, nullptr), "keeping the environment");
  // Runs before the queue's own hook, which was added earlier.
  const auto close = [](void* data) { static_cast<Environment*>(data)->close(); };
  check(napi_add_env_cleanup_hook(env, close, self.get()), "watching the environment");
  return self;
}

std::shared_ptr<Environment> Environment::of(napi_env env) {
  void* data = nullptr;
  check(napi_get_instance_data(env, &data), "finding the environment");
  if (!data) fail("internal", "the addon is not initialised in this environment");
  return *static_cast<Owner*>(data);
}

void Environment::start(std::unique_ptr<Call> call) {
  std::lock_guard<std::mutex> lock(mutex_);
  if (calls_.empty()) {
    check(napi_ref_threadsafe_function(env_, deliver_), "holding the event loop");
  }
  calls_.insert(call.get());
  try {
    engine_->submit(call.get());
    call.release();
  } catch (const std::exception&) {
    calls_.erase(call.get());
    call->release_references(env_);
    if (calls_.empty()) napi_unref_threadsafe_function(env_, deliver_);
    fail("internal", "the system refuses to start a thread for the call");
  }
}

void Environment::bring_back(Call* call) noexcept {
  std::unique_lock<std::mutex> lock(mutex_);
  if (!closed_ && napi_call_threadsafe_function(deliver_, call, napi_tsfn_nonblocking) == napi_ok) {
    return;
  }
  calls_.erase(call);
  lock.unlock();
  delete call;
}

void Environment::forget(Call* call) noexcept {
  std::lock_guard<std::mutex> lock(mutex_);
  calls_.erase(call);
  if (calls_.empty() && !closed_) napi_unref_threadsafe_function(env_, deliver_);
}

// `env` is null when the environment closed while the call was in the queue.
void Environment::deliver(napi_env env, napi_value, void*, void* data) {
  std::unique_ptr<Call> call(static_cast<Call*>(data));
  call->environment().forget(call.get());
  if (env) call->settle(env);
}

// Calls under way hold native memory alone from here on, and stop at the next tile.
void Environment::close() noexcept {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    closed_ = true;
    for (Call* call : calls_) {
      call->cancel();
      call->release_references(env_);
    }
  }
  napi_release_threadsafe_function(deliver_, napi_tsfn_abort);
  engine_.reset();
}

size_t Environment::calls_under_way() {
  std::lock_guard<std::mutex> lock(mutex_);
  return calls_.size();
}

}  // namespace attnkit::cpu
