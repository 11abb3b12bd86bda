// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/fa2_launch.cuh"

ATTNKIT_FA2_INSTANTIATE(__half, 64, 4, 32, 64, 2, 2, true)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 64, 4, 32, 64, 2, 2, true)
ATTNKIT_FA2_INSTANTIATE(__half, 64, 4, 32, 32, 2, 3, false)
ATTNKIT_FA2_INSTANTIATE(__nv_bfloat16, 64, 4, 32, 32, 2, 3, false)
