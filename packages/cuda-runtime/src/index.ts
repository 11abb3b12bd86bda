export { CudaDevice, type MemoryInfo } from './cuda-device.js'
export { type CudaRuntime, cudaRuntime, type DriverInfo } from './cuda-runtime.js'
export {
  type KernelAddon,
  type KernelAddonRequest,
  type KernelNative,
  kernelAddon,
} from './kernel-addon.js'
export { type AppendCache, appendCache, type CachePart } from './kernels/append-cache.js'
export { convert } from './kernels/convert.js'
export type { FillNormalOptions } from './kernels/fill-normal.js'
export { padTokens, type TokenTensors, unpadTokens } from './kernels/pad-tokens.js'
export { type ParamsLayout, type ParamType, paramsLayout } from './kernels/params-layout.js'
export { type ParamValues, paramsWriter } from './kernels/params-writer.js'
export { CudaTensor } from './memory/cuda-tensor.js'
export type { ExternalOptions } from './memory/external-tensor.js'
export { check, type NativeStatus, nativeError, type Outcome } from './native/native-status.js'
export { type SelfCheckResult, selfCheck } from './self-check/self-check.js'
export { CudaEvent } from './stream/cuda-event.js'
export type { CudaGraph } from './stream/cuda-graph.js'
export { CudaStream } from './stream/cuda-stream.js'
