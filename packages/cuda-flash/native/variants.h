// The kernels of this package that were compiled, by number.
#pragma once

#include <cuda_runtime_api.h>

#include "attnkit/status.h"
#include "params.h"

namespace attnkit::flash {

struct Variant {
  const char* name;
  int head_dim;  // the largest it serves
  int block_m;
  int block_n;
  int threads;
  int smem_bytes;   // dynamic
  bool serves_lse;  // whether it may be asked for log-sum-exp
  Status (*launch)(const FlashParams& params, cudaStream_t stream);
};

extern const Variant kVariants[];
extern const int kVariantCount;

// Enqueues attention on `stream`, whose device is current.
Status launch_variant(int variant, const FlashParams& params, cudaStream_t stream);

}  // namespace attnkit::flash
