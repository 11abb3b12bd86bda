// A call that runs while JavaScript goes on: holds everything it reads and writes, and no memory of
// JavaScript's.
#pragma once
#include <node_api.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "../engine/job.h"
#include "environment.h"
#include "operand.h"

namespace attnkit::cpu {

class Call : public Job {
 public:
  Call(std::shared_ptr<Environment> environment, int threads)
      : environment_(std::move(environment)), threads_(threads) {}

  Environment& environment() { return *environment_; }
  int threads() const override { return threads_; }
  void cancel() { cancelled_.store(1, std::memory_order_relaxed); }
  const int32_t* cancel_flag() const {
    static_assert(sizeof(cancelled_) == sizeof(int32_t));
    return reinterpret_cast<const int32_t*>(&cancelled_);
  }

  // Keeps the callback, called as done(code?, message?), and what the results are copied to.
  void keep(napi_env env, napi_value done, napi_value targets);
  void release_references(napi_env env);
  void finished(bool out_of_memory) noexcept override;
  // On the JavaScript thread: copies the results and calls back.
  void settle(napi_env env) noexcept;

 protected:
  // `targets` is what keep() was given. Fails with a CallError.
  virtual void copy_results(napi_env env, napi_value targets) = 0;

 private:
  bool tell(napi_env env, napi_value targets, napi_value arguments[2]) noexcept;

  std::shared_ptr<Environment> environment_;
  int threads_;
  std::atomic<int32_t> cancelled_{0};
  bool out_of_memory_ = false;
  napi_ref kept_ = nullptr;  // [done, targets]
};

// Copies of a call's operands in native memory, for those whose memory belongs to JavaScript;
// shares in the blocks of those whose memory does not.
class Staging {
 public:
  // Replaces `data` of operands. Inputs are read now. `zero_outputs`: a kernel may leave some of
  // them as they are. Throws std::bad_alloc.
  void take(Operands& operands, bool zero_outputs);

 private:
  struct Copy {
    const char* original;
    int64_t bytes;
    AlignedBuffer memory;
  };
  void stage(Operand& operand, bool read, bool zero);

  std::vector<Copy> copies_;
  std::vector<BlockRef> blocks_;
};

}  // namespace attnkit::cpu
