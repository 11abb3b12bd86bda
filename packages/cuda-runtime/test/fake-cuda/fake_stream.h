// A stand-in for CUDA on a machine without a GPU: each stream is a thread that runs what it was
// given in order, device memory is host memory, and freed memory is overwritten, so that whatever
// uses memory too early or too late is seen. It serves tests of the runtime alone.
#pragma once

#include <cuda_runtime_api.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace fake {

using Work = std::function<void()>;

// How long each piece of work takes at least, so that a race has time to happen.
inline constexpr int kWorkMicroseconds = 20;

class Stream {
 public:
  explicit Stream(int device);

  int device() const { return device_; }
  // Runs `work` after what was given before; during a capture it is recorded instead.
  void enqueue(Work work);
  // Lets the thread finish its work and go.
  static void retire(Stream* stream);

  bool capturing = false;
  std::vector<Work> captured;

 private:
  void run();

  int device_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Work> queue_;
  bool retired_ = false;
};

// The marks made by recording an event: the latest counts.
struct Mark {
  std::mutex mutex;
  std::condition_variable changed;
  bool happened = false;
  double milliseconds = 0;

  void reach();
  void wait();
};

struct Event {
  std::mutex mutex;
  std::shared_ptr<Mark> mark;
};

struct Graph {
  std::vector<Work> work;
};

inline Stream* as_stream(cudaStream_t stream) { return reinterpret_cast<Stream*>(stream); }
inline Event* as_event(cudaEvent_t event) { return reinterpret_cast<Event*>(event); }

// The error that every call gives once the device is lost; cudaSuccess before.
cudaError_t lost();
void lose(cudaError_t error);

// A library call without a current context is a fault of the caller.
bool has_context();
int current_device();

}  // namespace fake
