// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 16, 3, 128, 3, 2, 32, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 16, 3, 128, 3, 2, 32, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__half, 16, 3, 128, 3, 2, 32, true, true, 3)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 16, 3, 128, 3, 2, 32, true, true, 3)
