// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 40, 3, 128, 2, 2, 128, true)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 40, 3, 128, 2, 2, 128, true)
ATTNKIT_HOPPER_INSTANTIATE(__half, 40, 2, 128, 2, 2, 128, true)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 40, 2, 128, 2, 2, 128, true)
