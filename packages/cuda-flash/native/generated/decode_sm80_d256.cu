// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 256, 2, 16, 32, 2, 3, false)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 256, 2, 16, 32, 2, 3, false)
