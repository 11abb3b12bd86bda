// Memory that tensors of JavaScript lie in and that native code owns: it stays where it is for as
// long as either side uses it.
#pragma once
#include <cstddef>
#include <cstdint>

namespace attnkit::cpu {

class MemoryBlock;

// A share in a block.
class BlockRef {
 public:
  BlockRef() = default;
  explicit BlockRef(MemoryBlock* block) : block_(block) {}  // takes over one count
  BlockRef(BlockRef&& other) noexcept : block_(other.block_) { other.block_ = nullptr; }
  BlockRef& operator=(BlockRef&& other) noexcept;
  BlockRef(const BlockRef&) = delete;
  BlockRef& operator=(const BlockRef&) = delete;
  ~BlockRef();
  explicit operator bool() const { return block_ != nullptr; }

 private:
  MemoryBlock* block_ = nullptr;
};

// A new block of zeros with one count, for its owner to release. Throws std::bad_alloc.
MemoryBlock* allocate_block(size_t bytes);
void release_block(MemoryBlock* block);
char* block_data(const MemoryBlock* block);

// A share in the living block that holds all of [data, data + bytes), or none.
BlockRef find_block(const void* data, size_t bytes);

// Bytes of all living blocks.
size_t live_block_bytes();

}  // namespace attnkit::cpu
