// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 160, 2, 128, 2, 1, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 160, 2, 128, 2, 1, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__half, 160, 2, 112, 2, 2, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 160, 2, 112, 2, 2, 64, true, false, 0)
