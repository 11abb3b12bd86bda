// Written by scripts/generate-variants.mjs from tuning/*.json.
#include "kernels/hopper/hopper_launch.cuh"

ATTNKIT_HOPPER_INSTANTIATE(__half, 32, 3, 128, 3, 2, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 32, 3, 128, 3, 2, 64, true, false, 0)
ATTNKIT_HOPPER_INSTANTIATE(__half, 32, 3, 128, 3, 2, 64, true, true, 2)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 32, 3, 128, 3, 2, 64, true, true, 2)
ATTNKIT_HOPPER_INSTANTIATE(__half, 32, 4, 64, 3, 2, 64, true, true, 0)
ATTNKIT_HOPPER_INSTANTIATE(__nv_bfloat16, 32, 4, 64, 3, 2, 64, true, true, 0)
