// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 128, 4, 16, 64, 3, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 128, 4, 16, 64, 3, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__half, 128, 4, 32, 64, 3, 2, false)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 128, 4, 32, 64, 3, 2, false)
