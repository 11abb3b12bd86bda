#include "memory_block.h"

#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <utility>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace attnkit::cpu {
namespace {

// From here on memory is mapped by itself, in large pages where the system has them: a cold tensor
// costs a fraction of the address lookups.
constexpr size_t kMapped = size_t{1} << 20;
constexpr size_t kHuge = size_t{4} << 20;
constexpr size_t kAlignment = 64;

char* allocate_zeros(size_t bytes) {
#if defined(__linux__)
  if (bytes >= kMapped) {
    void* p = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED) throw std::bad_alloc();
    if (bytes >= kHuge) madvise(p, bytes, MADV_HUGEPAGE);
    return static_cast<char*>(p);
  }
#endif
  void* p = ::operator new (bytes, std::align_val_t{kAlignment});
  std::memset(p, 0, bytes);
  return static_cast<char*>(p);
}

void free_memory(char* data, size_t bytes) {
#if defined(__linux__)
  if (bytes >= kMapped) {
    munmap(data, bytes);
    return;
  }
#endif
  ::operator delete (data, std::align_val_t{kAlignment});
}

}  // namespace

class MemoryBlock {
 public:
  explicit MemoryBlock(size_t size) : data(allocate_zeros(size)), bytes(size) {}
  ~MemoryBlock() { free_memory(data, bytes); }
  char* const data;
  const size_t bytes;
  std::atomic<int64_t> count{1};
};

namespace {

// All living blocks by address. Never destroyed: blocks may outlive everything else.
struct Registry {
  std::mutex mutex;
  std::map<uintptr_t, MemoryBlock*> blocks;
  size_t bytes = 0;
};

Registry& registry() {
  static Registry* instance = new Registry;
  return *instance;
}

}  // namespace

BlockRef& BlockRef::operator=(BlockRef&& other) noexcept {
  std::swap(block_, other.block_);
  return *this;
}

BlockRef::~BlockRef() {
  if (block_) release_block(block_);
}

MemoryBlock* allocate_block(size_t bytes) {
  auto* block = new MemoryBlock(bytes > 0 ? bytes : 1);
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  all.blocks.emplace(reinterpret_cast<uintptr_t>(block->data), block);
  all.bytes += block->bytes;
  return block;
}

// Under the lock, so that nobody finds a block whose last count has gone.
void release_block(MemoryBlock* block) {
  Registry& all = registry();
  {
    std::lock_guard<std::mutex> lock(all.mutex);
    if (--block->count > 0) return;
    all.blocks.erase(reinterpret_cast<uintptr_t>(block->data));
    all.bytes -= block->bytes;
  }
  delete block;
}

char* block_data(const MemoryBlock* block) { return block->data; }

BlockRef find_block(const void* data, size_t bytes) {
  const auto address = reinterpret_cast<uintptr_t>(data);
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  auto next = all.blocks.upper_bound(address);
  if (next == all.blocks.begin()) return BlockRef();
  MemoryBlock* block = (--next)->second;
  const uintptr_t offset = address - next->first;
  if (offset > block->bytes || bytes > block->bytes - offset) return BlockRef();
  ++block->count;
  return BlockRef(block);
}

size_t live_block_bytes() {
  Registry& all = registry();
  std::lock_guard<std::mutex> lock(all.mutex);
  return all.bytes;
}

}  // namespace attnkit::cpu
