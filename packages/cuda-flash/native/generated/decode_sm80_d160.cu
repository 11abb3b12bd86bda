// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 160, 4, 16, 64, 2, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 160, 4, 16, 64, 2, 2, true)
