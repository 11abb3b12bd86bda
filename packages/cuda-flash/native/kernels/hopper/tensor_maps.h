// Describes the tensors of a launch to the copy engine.
#pragma once

#include <cuda.h>
#include <cuda_runtime_api.h>

#include "attnkit/cuda_status.h"
#include "kernels/hopper/hopper_params.h"

namespace attnkit::flash {

// The part of a head tensor that is copied at once.
struct MapBox {
  int columns;
  int rows;
};

struct MapSizes {
  int head_dim;
  int64_t tokens;  // of a sequence, of all when varlen
  int heads;
  int batch;
};

using EncodeTensorMap = decltype(&cuTensorMapEncodeTiled);

// The driver's encoder, looked up once: the addon itself does not link the driver.
inline EncodeTensorMap tensor_map_encoder() {
  static const EncodeTensorMap encoder = [] {
    void* function = nullptr;
    cudaDriverEntryPointQueryResult found;
    const cudaError_t error = cudaGetDriverEntryPointByVersion("cuTensorMapEncodeTiled", &function,
                                                               12000, cudaEnableDefault, &found);
    return error == cudaSuccess ? reinterpret_cast<EncodeTensorMap>(function) : nullptr;
  }();
  return encoder;
}

inline Status encode_map(CUtensorMap& map, const HeadTensor& tensor, const MapSizes& sizes,
                         const MapBox& box, bool bfloat16) {
  const EncodeTensorMap encode = tensor_map_encoder();
  if (encode == nullptr) {
    return error_status(StatusCode::kInternal, "the driver has no cuTensorMapEncodeTiled");
  }
  // The strides of a dimension of one element are never followed, but have to be valid.
  const auto stride = [](int64_t bytes, int64_t count) {
    return cuuint64_t(count > 1 ? bytes : 16);
  };
  const cuuint64_t dims[4] = {cuuint64_t(sizes.head_dim), cuuint64_t(sizes.tokens),
                              cuuint64_t(sizes.heads), cuuint64_t(sizes.batch)};
  const cuuint64_t strides[3] = {stride(tensor.row_stride, sizes.tokens),
                                 stride(tensor.head_stride, sizes.heads),
                                 stride(tensor.batch_stride, sizes.batch)};
  const cuuint32_t boxes[4] = {cuuint32_t(box.columns), cuuint32_t(box.rows), 1, 1};
  const cuuint32_t steps[4] = {1, 1, 1, 1};
  const CUtensorMapSwizzle swizzle = box.columns == 64   ? CU_TENSOR_MAP_SWIZZLE_128B
                                     : box.columns == 32 ? CU_TENSOR_MAP_SWIZZLE_64B
                                                         : CU_TENSOR_MAP_SWIZZLE_32B;
  const CUresult result =
      encode(&map, bfloat16 ? CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 : CU_TENSOR_MAP_DATA_TYPE_FLOAT16, 4,
             reinterpret_cast<void*>(tensor.pointer), dims, strides, boxes, steps,
             CU_TENSOR_MAP_INTERLEAVE_NONE, swizzle, CU_TENSOR_MAP_L2_PROMOTION_L2_256B,
             CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE);
  if (result == CUDA_SUCCESS) return ok_status();
  return error_status(StatusCode::kInvalidArgument, "the copy engine cannot describe the tensor");
}

}  // namespace attnkit::flash
