// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 64, 3, 128, 2, 2, 128, true)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 64, 3, 128, 2, 2, 128, true)
ATTNKIT_HOPPER_INSTANTIATE(__half, 64, 2, 128, 3, 2, 128, false)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 64, 2, 128, 3, 2, 128, false)
ATTNKIT_HOPPER_INSTANTIATE(__half, 64, 2, 128, 2, 3, 128, false)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 64, 2, 128, 2, 3, 128, false)
