// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/decode/decode_launch.cuh"

ATTNKIT_DECODE_INSTANTIATE(__half, 16, 4, 16, 256, 4, 3, true)
ATTNKIT_DECODE_INSTANTIATE(__nv_bfloat16, 16, 4, 16, 256, 4, 3, true)
