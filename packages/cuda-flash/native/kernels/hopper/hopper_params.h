// The parameters of one launch of a Hopper kernel.
#pragma once

#include <cuda.h>

#include "params.h"

namespace attnkit::flash {

struct HopperParams {
  CUtensorMap q, k, v, o;  // dimensions (head dim, token, head, batch)
  int row_blocks;          // tiles of a head
  int tiles;               // of all heads
  int thread_blocks;
  int section_heads;  // heads, of all batch entries, whose tiles are computed side by side
  FlashParams flash;
};

}  // namespace attnkit::flash
