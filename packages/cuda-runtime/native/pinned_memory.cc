#include "pinned_memory.h"

#include <algorithm>
#include <bit>
#include <chrono>
#include <map>

namespace attnkit::runtime {

bool StagingMemory::take_kept(size_t capacity, StagingBlock& block) {
  const auto found = std::find_if(kept_.begin(), kept_.end(), [capacity](const StagingBlock& kept) {
    return kept.capacity == capacity;
  });
  if (found == kept_.end()) return false;
  block = *found;
  kept_.erase(found);
  kept_bytes_ -= capacity;
  return true;
}

void StagingMemory::wait_for_room(size_t bytes) {
  std::unique_lock lock(mutex_);
  given_back_.wait(
      lock, [this, bytes] { return in_use_bytes_ == 0 || in_use_bytes_ + bytes <= kMostInUse; });
}

Status StagingMemory::take(size_t bytes, StagingBlock& block) {
  const size_t capacity = std::bit_ceil(std::max(bytes, kSmallestBlock));
  std::unique_lock lock(mutex_);
  in_use_bytes_ += capacity;
  if (take_kept(capacity, block)) return ok_status();
  lock.unlock();
  const cudaError_t error = cudaHostAlloc(&block.memory, capacity, cudaHostAllocPortable);
  block.capacity = capacity;
  if (error == cudaSuccess) return ok_status();
  lock.lock();
  in_use_bytes_ -= capacity;
  block = {};
  return cuda_status(error, "cudaHostAlloc of staging memory");
}

void StagingMemory::give_back(StagingBlock block) {
  std::unique_lock lock(mutex_);
  in_use_bytes_ -= block.capacity;
  given_back_.notify_all();
  if (kept_bytes_ + block.capacity <= kMostKept) {
    kept_.push_back(block);
    kept_bytes_ += block.capacity;
    return;
  }
  lock.unlock();
  cudaFreeHost(block.memory);
}

StagingMemory& staging_memory() {
  static StagingMemory* const instance = new StagingMemory;
  return *instance;
}

namespace {

// By address, so that a typed array over a pinned buffer is recognised.
struct PinnedBuffers {
  std::mutex mutex;
  std::map<const char*, std::weak_ptr<PinnedBuffer>> by_address;
};

PinnedBuffers& pinned_buffers() {
  static PinnedBuffers* const instance = new PinnedBuffers;
  return *instance;
}

}  // namespace

Status PinnedBuffer::create(size_t bytes, std::shared_ptr<PinnedBuffer>& buffer) {
  void* memory = nullptr;
  CUcontext context = nullptr;
  driver_functions().context_get_current(&context);
  const cudaError_t error =
      cudaHostAlloc(&memory, std::max<size_t>(bytes, 1), cudaHostAllocPortable);
  if (error != cudaSuccess) return cuda_status(error, "cudaHostAlloc of a pinned tensor");
  buffer.reset(new PinnedBuffer(memory, bytes, context));
  PinnedBuffers& all = pinned_buffers();
  const std::lock_guard lock(all.mutex);
  all.by_address[static_cast<const char*>(memory)] = buffer;
  return ok_status();
}

std::shared_ptr<PinnedBuffer> PinnedBuffer::find(const void* memory, size_t bytes) {
  const char* const begin = static_cast<const char*>(memory);
  PinnedBuffers& all = pinned_buffers();
  std::shared_ptr<PinnedBuffer> buffer;  // outlives the lock: letting the last one go takes it
  const std::lock_guard lock(all.mutex);
  auto after = all.by_address.upper_bound(begin);
  if (after == all.by_address.begin()) return nullptr;
  buffer = std::prev(after)->second.lock();
  if (buffer == nullptr) return nullptr;
  const size_t offset = static_cast<size_t>(begin - static_cast<const char*>(buffer->memory()));
  return offset + bytes <= buffer->bytes() ? buffer : nullptr;
}

PinnedBuffer::~PinnedBuffer() {
  PinnedBuffers& all = pinned_buffers();
  {
    const std::lock_guard lock(all.mutex);
    all.by_address.erase(static_cast<const char*>(memory_));
  }
  const ContextScope scope(context_);
  cudaFreeHost(memory_);
}

}  // namespace attnkit::runtime
