// Page-locked host memory: staging blocks for transfers, which are used again and again, and the
// buffers of tensors that JavaScript asked for.
#pragma once

#include <cuda_runtime_api.h>

#include <condition_variable>
#include <cstddef>
#include <memory>
#include <mutex>
#include <vector>

#include "attnkit/context_scope.h"

namespace attnkit::runtime {

// A block of the process's staging memory; `memory` is null for no block.
struct StagingBlock {
  void* memory = nullptr;
  size_t capacity = 0;
};

// Part of a transfer that passes through a block.
struct StagedPart {
  StagingBlock block;
  size_t bytes = 0;
};

class StagingMemory {
 public:
  // Transfers are cut into parts of this size.
  static constexpr size_t kLargestBlock = size_t{32} << 20;

  // Waits for earlier transfers when they use so much that `bytes` more would pass kMostInUse.
  void wait_for_room(size_t bytes);
  // A block of at least `bytes`, at most kLargestBlock.
  Status take(size_t bytes, StagingBlock& block);
  void give_back(StagingBlock block);

 private:
  static constexpr size_t kSmallestBlock = size_t{64} << 10;
  static constexpr size_t kMostInUse = size_t{1} << 30;
  static constexpr size_t kMostKept = size_t{256} << 20;

  bool take_kept(size_t capacity, StagingBlock& block);

  std::mutex mutex_;
  std::condition_variable given_back_;
  std::vector<StagingBlock> kept_;
  size_t in_use_bytes_ = 0;
  size_t kept_bytes_ = 0;
};

// The process's only one; never destroyed.
StagingMemory& staging_memory();

// Memory of a pinned tensor: freed when JavaScript has let it go and no transfer uses it.
class PinnedBuffer {
 public:
  // With the context that is current, which also frees it.
  static Status create(size_t bytes, std::shared_ptr<PinnedBuffer>& buffer);
  // The buffer that holds all of [memory, memory + bytes); null when it is not pinned.
  static std::shared_ptr<PinnedBuffer> find(const void* memory, size_t bytes);
  ~PinnedBuffer();

  void* memory() const { return memory_; }
  size_t bytes() const { return bytes_; }

 private:
  PinnedBuffer(void* memory, size_t bytes, CUcontext context)
      : memory_(memory), bytes_(bytes), context_(context) {}

  void* memory_;
  size_t bytes_;
  CUcontext context_;
};

}  // namespace attnkit::runtime
