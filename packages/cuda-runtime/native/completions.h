// Work on a device that JavaScript waits for. One thread of the process watches the events and
// tells the environments; an environment that has closed is told nothing, and what it waited for is
// freed.
#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <node_api.h>

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "attnkit/status.h"
#include "pinned_memory.h"

namespace attnkit::runtime {

// What an environment is told: completion `id` is done. `data` was allocated by malloc.
struct Message {
  uint64_t id = 0;
  Status status;
  void* data = nullptr;
  size_t bytes = 0;

  ~Message();
};

// The way from any thread to the JavaScript of one environment.
class Channel {
 public:
  // `on_complete(id, status, buffer)` is called for each message. Null when it cannot be made.
  static std::shared_ptr<Channel> open(napi_env env, napi_value on_complete);

  // Gives the message to JavaScript, or drops it when the environment is closing. Never waits.
  void send(std::unique_ptr<Message> message);
  // After this nothing is sent. Called on the environment's thread.
  void close();
  bool closed() const;

  // While something is awaited the environment is kept alive. On the environment's thread.
  void hold(napi_env env);
  void let_go(napi_env env);

 private:
  mutable std::mutex mutex_;
  napi_threadsafe_function function_ = nullptr;
  bool closed_ = false;
  int held_ = 0;
};

// Something that is done once `event` has happened.
struct Completion {
  std::shared_ptr<Channel> channel;  // null: nobody waits, the staging memory is given back
  std::unique_ptr<Message> message = std::make_unique<Message>();
  CUcontext context = nullptr;
  cudaEvent_t event = nullptr;           // owned
  std::vector<StagedPart> staged;        // pinned memory of a transfer, in order
  std::shared_ptr<PinnedBuffer> pinned;  // kept alive until then
  size_t download_bytes = 0;             // > 0: JavaScript gets the staged parts as one buffer
};

class Completions {
 public:
  void enter();
  // Whether that was the last environment. Its completions go on; the thread stops with the last.
  bool leave();
  void add(std::unique_ptr<Completion> completion);

 private:
  void run();
  void take_added(std::vector<std::unique_ptr<Completion>>& watched);
  bool poll(std::vector<std::unique_ptr<Completion>>& watched);

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Completion>> added_;
  std::thread thread_;
  int environments_ = 0;
  bool stopping_ = false;
};

// The process's only one; never destroyed.
Completions& completions();

}  // namespace attnkit::runtime
