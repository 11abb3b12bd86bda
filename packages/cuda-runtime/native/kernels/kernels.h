// Launchers of the shared kernels. Each checks what it was given and enqueues on `stream`.
#pragma once

#include <cuda_runtime_api.h>

#include "attnkit/status.h"
#include "kernels/params.h"

namespace attnkit::runtime {

Status launch_append_cache(const AppendCacheParams& params, cudaStream_t stream);
Status launch_derive_indices(const DeriveIndicesParams& params, cudaStream_t stream);
Status launch_pad_tokens(const PadTokensParams& params, cudaStream_t stream);
Status launch_convert(const ConvertParams& params, cudaStream_t stream);
Status launch_fill_normal(const FillNormalParams& params, cudaStream_t stream);

}  // namespace attnkit::runtime
