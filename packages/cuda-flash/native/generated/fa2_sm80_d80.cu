// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/fa2_launch.cuh"

ATTNKIT_FA2_INSTANTIATE(__half, 80, 4, 32, 64, 2, 2, false)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 80, 4, 32, 64, 2, 2, false)
