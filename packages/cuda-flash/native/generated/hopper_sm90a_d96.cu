// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 96, 2, 128, 2, 2, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 96, 2, 128, 2, 2, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__half, 96, 2, 128, 2, 2, 64, true, true, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 96, 2, 128, 2, 2, 64, true, true, 0)
