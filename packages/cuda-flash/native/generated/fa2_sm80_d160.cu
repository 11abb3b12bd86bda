// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/fa2_launch.cuh"

ATTNKIT_FA2_INSTANTIATE(__half, 160, 4, 32, 32, 2, 2, false)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 160, 4, 32, 32, 2, 2, false)
