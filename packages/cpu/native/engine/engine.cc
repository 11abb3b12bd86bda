#include "engine.h"

namespace attnkit::cpu {

Engine::Engine() = default;

Engine::~Engine() {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Engine::submit(Job* job) {
  {
    std::lock_guard<std::mutex> lock(mutex_);
    if (!thread_.joinable()) thread_ = std::thread([this] { loop(); });
    jobs_.push_back(job);
  }
  wake_.notify_one();
}

bool Engine::run_here(Work& work, int threads) {
  std::unique_lock<std::mutex> lock(pool_mutex_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  pool_.run(work, threads);
  return true;
}

void Engine::loop() {
  std::unique_lock<std::mutex> lock(mutex_);
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
    if (jobs_.empty()) return;
    Job* job = jobs_.front();
    jobs_.pop_front();
    const bool give_up = stop_;
    lock.unlock();
    bool out_of_memory = false;
    try {
      std::lock_guard<std::mutex> pool_lock(pool_mutex_);
      if (!give_up) pool_.run(job->work(), job->threads());
    } catch (const std::bad_alloc&) {
      out_of_memory = true;
    }
    job->finished(out_of_memory);
    lock.lock();
  }
}

std::shared_ptr<Engine> shared_engine() {
  static std::mutex* mutex = new std::mutex;
  static std::weak_ptr<Engine>* current = new std::weak_ptr<Engine>;
  std::lock_guard<std::mutex> lock(*mutex);
  std::shared_ptr<Engine> engine = current->lock();
  if (!engine) *current = engine = std::make_shared<Engine>();
  return engine;
}

}  // namespace attnkit::cpu
