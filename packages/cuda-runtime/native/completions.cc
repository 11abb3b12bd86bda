#include "completions.h"

#include <chrono>
#include <cstdlib>
#include <cstring>

#include "attnkit/addon_status.h"
#include "attnkit/context_scope.h"
#include "device_state.h"

namespace attnkit::runtime {
namespace {

using Clock = std::chrono::steady_clock;

// The thread looks without a pause for kEager after something was added or done, since most waits
// are short, and then sleeps a tenth of the time that has passed, at most kLongestSleep.
constexpr std::chrono::microseconds kEager{200};
constexpr std::chrono::microseconds kLongestSleep{500};

void free_buffer(napi_env, void* data, void*) { std::free(data); }

// The message's memory as an ArrayBuffer that owns it; a copy where the engine forbids that.
napi_value take_buffer(napi_env env, Message& message) {
  napi_value buffer = nullptr;
  if (message.data == nullptr) return nullptr;
  if (napi_create_external_arraybuffer(env, message.data, message.bytes, free_buffer, nullptr,
                                       &buffer) == napi_ok) {
    message.data = nullptr;
    return buffer;
  }
  void* copy = nullptr;
  if (napi_create_arraybuffer(env, message.bytes, &copy, &buffer) != napi_ok) return nullptr;
  std::memcpy(copy, message.data, message.bytes);
  return buffer;
}

// Calls on_complete(id, status, buffer) on the environment's thread. `env` is null when it is
// closing.
void deliver(napi_env env, napi_value on_complete, void* context, void* data) {
  const std::unique_ptr<Message> message(static_cast<Message*>(data));
  if (env == nullptr || on_complete == nullptr) return;
  static_cast<Channel*>(context)->let_go(env);
  napi_value undefined = nullptr;
  napi_value id = nullptr;
  if (napi_get_undefined(env, &undefined) != napi_ok ||
      napi_create_double(env, static_cast<double>(message->id), &id) != napi_ok) {
    return;
  }
  const napi_value status = status_value(env, message->status);
  const napi_value buffer = take_buffer(env, *message);
  napi_value arguments[] = {id, status ? status : undefined, buffer ? buffer : undefined};
  // A JavaScript exception stays pending and is reported by Node as uncaught.
  napi_call_function(env, undefined, on_complete, 3, arguments, nullptr);
}

// A channel lives as long as the function that calls it, and as long as someone may still send.
void drop_channel(napi_env, void* data, void*) {
  delete static_cast<std::shared_ptr<Channel>*>(data);
}

}  // namespace

Message::~Message() { std::free(data); }

std::shared_ptr<Channel> Channel::open(napi_env env, napi_value on_complete) {
  napi_value name = nullptr;
  if (napi_create_string_utf8(env, "attnkit.completions", NAPI_AUTO_LENGTH, &name) != napi_ok) {
    return nullptr;
  }
  auto channel = std::make_shared<Channel>();
  auto kept = std::make_unique<std::shared_ptr<Channel>>(channel);
  if (napi_create_threadsafe_function(env, on_complete, nullptr, name, 0, 1, kept.get(),
                                      drop_channel, channel.get(), deliver,
                                      &channel->function_) != napi_ok) {
    return nullptr;
  }
  kept.release();
  napi_unref_threadsafe_function(env, channel->function_);
  return channel;
}

void Channel::send(std::unique_ptr<Message> message) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  if (napi_call_threadsafe_function(function_, message.get(), napi_tsfn_nonblocking) == napi_ok) {
    message.release();
  }
}

void Channel::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool Channel::closed() const {
  const std::lock_guard lock(mutex_);
  return closed_;
}

void Channel::hold(napi_env env) {
  if (held_++ == 0) napi_ref_threadsafe_function(env, function_);
}

void Channel::let_go(napi_env env) {
  if (--held_ == 0) napi_unref_threadsafe_function(env, function_);
}

namespace {

// The staged parts, one after the other. Given up when the environment closes: nobody reads it
// then.
Status gather(const Completion& completion) {
  Message& message = *completion.message;
  message.data = std::malloc(completion.download_bytes);
  if (message.data == nullptr) {
    return error_status(StatusCode::kOutOfMemory, "no host memory for the download");
  }
  message.bytes = completion.download_bytes;
  char* to = static_cast<char*>(message.data);
  for (const StagedPart& part : completion.staged) {
    if (completion.channel->closed()) break;
    std::memcpy(to, part.block.memory, part.bytes);
    to += part.bytes;
  }
  return ok_status();
}

void finish(Completion& completion, cudaError_t error) {
  Status& status = completion.message->status;
  status = cuda_status(error, "work on the device");
  remember_loss(status);
  if (status.ok() && completion.download_bytes > 0) status = gather(completion);
  for (const StagedPart& part : completion.staged) staging_memory().give_back(part.block);
  cudaEventDestroy(completion.event);
  if (completion.channel != nullptr) completion.channel->send(std::move(completion.message));
}

}  // namespace

void Completions::enter() {
  const std::lock_guard lock(mutex_);
  ++environments_;
}

bool Completions::leave() {
  std::unique_lock lock(mutex_);
  if (--environments_ > 0) return false;
  if (!thread_.joinable()) return true;
  stopping_ = true;
  changed_.notify_all();
  std::thread stopped = std::move(thread_);
  lock.unlock();
  stopped.join();
  return true;
}

void Completions::add(std::unique_ptr<Completion> completion) {
  const std::lock_guard lock(mutex_);
  added_.push_back(std::move(completion));
  if (!thread_.joinable()) {
    stopping_ = false;
    thread_ = std::thread([this] { run(); });
  }
  changed_.notify_all();
}

// Finishes what is done; whether anything was.
bool Completions::poll(std::vector<std::unique_ptr<Completion>>& watched) {
  const size_t before = watched.size();
  std::erase_if(watched, [](const std::unique_ptr<Completion>& completion) {
    const ContextScope scope(completion->context);
    const cudaError_t error = cudaEventQuery(completion->event);
    if (error == cudaErrorNotReady) return false;
    finish(*completion, error);
    return true;
  });
  return watched.size() < before;
}

void Completions::take_added(std::vector<std::unique_ptr<Completion>>& watched) {
  for (auto& completion : added_) watched.push_back(std::move(completion));
  added_.clear();
}

void Completions::run() {
  // Another library may be capturing a graph: a look at an event must not spoil that.
  cudaStreamCaptureMode mode = cudaStreamCaptureModeRelaxed;
  cudaThreadExchangeStreamCaptureMode(&mode);
  const auto woken = [this] { return stopping_ || !added_.empty(); };
  std::vector<std::unique_ptr<Completion>> watched;
  Clock::time_point since = Clock::now();
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (watched.empty()) changed_.wait(lock, woken);
    if (!added_.empty()) since = Clock::now();
    take_added(watched);
    lock.unlock();
    if (poll(watched)) since = Clock::now();
    const auto waited = std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - since);
    if (waited < kEager) std::this_thread::yield();
    lock.lock();
    if (waited >= kEager) changed_.wait_for(lock, std::min(waited / 10, kLongestSleep), woken);
  }
  take_added(watched);  // the next environment goes on with what is not done
  added_ = std::move(watched);
}

Completions& completions() {
  static Completions* const instance = new Completions;
  return *instance;
}

}  // namespace attnkit::runtime
