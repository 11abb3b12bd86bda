// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 64, 4, 16, 128, 3, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 64, 4, 16, 128, 3, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__half, 64, 4, 32, 128, 3, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 64, 4, 32, 128, 3, 2, true)
