// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/fa2_launch.cuh"

ATTNKIT_FA2_INSTANTIATE(__half, 96, 4, 32, 64, 2, 2, false)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 96, 4, 32, 64, 2, 2, false)
