// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 48, 4, 16, 128, 4, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 48, 4, 16, 128, 4, 2, true)
