// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/fa2_launch.cuh"

ATTNKIT_FA2_INSTANTIATE(__half, 16, 4, 32, 64, 2, 3, true)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 16, 4, 32, 64, 2, 3, true)
