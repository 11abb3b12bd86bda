// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 80, 2, 128, 2, 2, 128, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 80, 2, 128, 2, 2, 128, true, false, 0)
