// A tensor of a call: where its elements are now, and where the kernel reads and writes them.
#pragma once
#include <node_api.h>

#include <array>
#include <cstdint>

#include "../engine/aligned_buffer.h"
#include "../engine/memory_block.h"
#include "../problem.h"
#include "call_error.h"

namespace attnkit::cpu {

// In the order in which JavaScript passes them.
enum Role {
  kQ,
  kK,
  kV,
  kOutput,
  kProjectionBias,
  kMask,
  kAttentionBias,
  kCausalOffset,
  kCuSeqlensQ,
  kCuSeqlensK,
  kPastKey,
  kPastValue,
  kPresentKey,
  kPresentValue,
  kSink,
  kQk,
  kSoftmaxLse,
  kKeyLengths,
  kPastSeqlens,
  kQNorm,
  kKNorm,
  kRotaryCos,
  kRotarySin,
  kPositions,
  kRoles
};

extern const char* const kRoleNames[kRoles];

inline bool is_output(int role) {
  return role == kOutput || role == kPresentKey || role == kPresentValue || role == kQk ||
         role == kSoftmaxLse;
}

struct Operand {
  char* data = nullptr;  // what the kernel uses; null when the role is not filled
  int64_t elements = 0;
  int32_t dtype = kFloat32;
  bool staged = false;  // `data` is a copy: the original belongs to JavaScript

  int64_t bytes() const { return elements * dtype_bytes(dtype); }
};

using Operands = std::array<Operand, kRoles>;

// The memory of a typed array. Fails when it is not an array of `dtype`, is shared, or is detached.
Operand read_operand(napi_env env, napi_value value, int32_t dtype, const char* name);

}  // namespace attnkit::cpu
