// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 80, 4, 16, 64, 4, 2, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 80, 4, 16, 64, 4, 2, true)
