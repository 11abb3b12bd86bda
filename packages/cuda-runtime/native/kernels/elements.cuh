// Element types of the shared kernels: reading as float, writing with rounding to nearest even.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include "attnkit/status.h"
#include "kernels/params.h"

namespace attnkit::runtime {

__device__ inline float to_float(float value) { return value; }
__device__ inline float to_float(__half value) { return __half2float(value); }
__device__ inline float to_float(__nv_bfloat16 value) { return __bfloat162float(value); }

template <typename T>
__device__ T from_float(float value);
template <>
__device__ inline float from_float<float>(float value) {
  return value;
}
template <>
__device__ inline __half from_float<__half>(float value) {
  return __float2half_rn(value);
}
template <>
__device__ inline __nv_bfloat16 from_float<__nv_bfloat16>(float value) {
  return __float2bfloat16_rn(value);
}

// Calls `run` with a value of the type that `element` names, or says that there is none.
template <typename Run>
Status with_element(int32_t element, Run run) {
  switch (static_cast<Element>(element)) {
    case Element::kFloat32:
      return run(float{});
    case Element::kFloat16:
      return run(__half{});
    case Element::kBfloat16:
      return run(__nv_bfloat16{});
  }
  return error_status(StatusCode::kInvalidArgument, "an element type that is none");
}

}  // namespace attnkit::runtime
