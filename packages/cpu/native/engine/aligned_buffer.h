// Memory on a cache line's boundary that grows when more is asked for and keeps nothing of its
// contents.
#pragma once
#include <cstddef>
#include <cstring>
#include <memory>
#include <new>

namespace attnkit::cpu {

class AlignedBuffer {
 public:
  AlignedBuffer() = default;
  explicit AlignedBuffer(size_t bytes) { reserve(bytes); }

  // Throws std::bad_alloc.
  void reserve(size_t bytes) {
    if (bytes <= bytes_) return;
    memory_.reset();
    bytes_ = 0;
    memory_.reset(static_cast<char*>(::operator new(bytes, kAlignment)));
    bytes_ = bytes;
  }
  void release_above(size_t bytes) {
    if (bytes_ <= bytes) return;
    memory_.reset();
    bytes_ = 0;
  }
  char* data() const { return memory_.get(); }
  size_t bytes() const { return bytes_; }

 private:
  static constexpr std::align_val_t kAlignment{64};
  struct Free {
    void operator()(char* p) const { ::operator delete(p, kAlignment); }
  };
  std::unique_ptr<char, Free> memory_;
  size_t bytes_ = 0;
};

}  // namespace attnkit::cpu
