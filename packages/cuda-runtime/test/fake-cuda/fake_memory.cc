// Memory of the stand-in. A freed block serves its own stream again at once, other streams once the
// free has run; until it is allocated again it is full of 0xDD.
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>

#include "fake_stream.h"

using fake::as_stream;

namespace {

constexpr size_t kLargest = size_t{1} << 31;

struct Block {
  int device = 0;
  size_t bytes = 0;
  fake::Stream* freed_on = nullptr;  // null while it is in use
  std::shared_ptr<fake::Mark> freed;
};

struct Memory {
  std::mutex mutex;
  std::map<char*, Block> blocks;
  size_t used = 0;
};

Memory& memory() {
  static Memory* const instance = new Memory;
  return *instance;
}

bool serves(const Block& block, size_t bytes, fake::Stream* stream) {
  if (block.freed_on == nullptr || block.bytes != bytes || block.device != stream->device()) {
    return false;
  }
  if (block.freed_on == stream) return true;
  const std::lock_guard lock(block.freed->mutex);
  return block.freed->happened;
}

}  // namespace

namespace fake {

bool find_memory(const void* pointer, int& device, const void*& start, size_t& bytes) {
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  char* const address = static_cast<char*>(const_cast<void*>(pointer));
  auto after = all.blocks.upper_bound(address);
  if (after == all.blocks.begin()) return false;
  const auto& [begin, block] = *std::prev(after);
  if (block.freed_on != nullptr || address >= begin + block.bytes) return false;
  device = block.device;
  start = begin;
  bytes = block.bytes;
  return true;
}

}  // namespace fake

extern "C" {

cudaError_t cudaMemPoolCreate(cudaMemPool_t* pool, const cudaMemPoolProps* properties) {
  *pool = reinterpret_cast<cudaMemPool_t>(intptr_t{properties->location.id} + 1);
  return cudaSuccess;
}
cudaError_t cudaMemPoolSetAttribute(cudaMemPool_t, cudaMemPoolAttr, void*) { return cudaSuccess; }
cudaError_t cudaMemPoolGetAttribute(cudaMemPool_t, cudaMemPoolAttr, void* value) {
  const std::lock_guard lock(memory().mutex);
  *static_cast<uint64_t*>(value) = memory().used;
  return cudaSuccess;
}
cudaError_t cudaMemPoolTrimTo(cudaMemPool_t, size_t) { return cudaSuccess; }
cudaError_t cudaMemGetInfo(size_t* free_bytes, size_t* total) {
  *total = size_t{4} << 30;
  *free_bytes = *total - memory().used;
  return cudaSuccess;
}

cudaError_t cudaMallocFromPoolAsync(void** pointer, size_t bytes, cudaMemPool_t,
                                    cudaStream_t handle) {
  fake::Stream* const stream = as_stream(handle);
  if (!fake::has_context()) return cudaErrorDeviceUninitialized;
  if (stream->capturing) return cudaErrorStreamCaptureUnsupported;
  if (bytes > kLargest) return cudaErrorMemoryAllocation;
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  all.used += bytes;
  for (auto& [begin, block] : all.blocks) {
    if (!serves(block, bytes, stream)) continue;
    block.freed_on = nullptr;
    *pointer = begin;
    return cudaSuccess;
  }
  char* const made = static_cast<char*>(std::malloc(bytes));
  all.blocks[made] = {stream->device(), bytes, nullptr, nullptr};
  *pointer = made;
  return cudaSuccess;
}

cudaError_t cudaFreeAsync(void* pointer, cudaStream_t handle) {
  fake::Stream* const stream = as_stream(handle);
  if (!fake::has_context()) return cudaErrorDeviceUninitialized;
  if (stream->capturing) return cudaErrorStreamCaptureUnsupported;
  Memory& all = memory();
  const std::lock_guard lock(all.mutex);
  Block& block = all.blocks[static_cast<char*>(pointer)];
  block.freed_on = stream;
  block.freed = std::make_shared<fake::Mark>();
  all.used -= block.bytes;
  stream->enqueue([pointer, bytes = block.bytes, mark = block.freed] {
    std::memset(pointer, 0xDD, bytes);
    mark->reach();
  });
  return cudaSuccess;
}

cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
  as_stream(stream)->enqueue([=] { std::memset(to, value, bytes); });
  return cudaSuccess;
}

// Small pageable memory is read during the call, as the driver does; the rest when the copy runs.
cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind,
                            cudaStream_t stream) {
  if (as_stream(stream)->capturing && kind != cudaMemcpyDeviceToDevice) {
    return cudaErrorStreamCaptureUnsupported;
  }
  if (kind == cudaMemcpyHostToDevice && bytes <= size_t{64} << 10) {
    auto taken = std::make_shared<std::vector<char>>(static_cast<const char*>(from),
                                                     static_cast<const char*>(from) + bytes);
    as_stream(stream)->enqueue([=] { std::memcpy(to, taken->data(), taken->size()); });
  } else {
    as_stream(stream)->enqueue([=] { std::memcpy(to, from, bytes); });
  }
  return cudaSuccess;
}

cudaError_t cudaPointerGetAttributes(cudaPointerAttributes* attributes, const void* pointer) {
  *attributes = {};
  attributes->device = -1;
  const void* start = nullptr;
  size_t bytes = 0;
  if (fake::find_memory(pointer, attributes->device, start, bytes)) {
    attributes->type = cudaMemoryTypeDevice;
  }
  return cudaSuccess;
}

cudaError_t cudaHostAlloc(void** pointer, size_t bytes, unsigned) {
  if (!fake::has_context()) return cudaErrorDeviceUninitialized;
  *pointer = std::malloc(bytes);
  return *pointer == nullptr ? cudaErrorMemoryAllocation : cudaSuccess;
}
cudaError_t cudaFreeHost(void* pointer) {
  std::free(pointer);
  return cudaSuccess;
}

}  // extern "C"
