// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 32, 4, 16, 256, 3, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 32, 4, 16, 256, 3, 2, true)
