// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/fa2_launch.cuh"

ATTNKIT_FA2_INSTANTIATE(__half, 256, 8, 16, 64, 2, 1, false)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 256, 8, 16, 64, 2, 1, false)
ATTNKIT_FA2_INSTANTIATE(__half, 256, 4, 16, 32, 2, 2, false)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 256, 4, 16, 32, 2, 2, false)
