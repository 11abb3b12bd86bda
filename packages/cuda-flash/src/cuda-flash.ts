import { type CudaBackend, defineBackend } from '@attnkit/core'
import { capabilities } from './capabilities.js'
import { chooseVariant } from './choose-variant.js'
import { estimate } from './estimate.js'
import { native } from './native.js'
import { type CudaFlashOptions, completeOptions } from './options.js'
import { planFor } from './plan.js'
import { supports } from './supports.js'

/**
 * FlashAttention on NVIDIA GPUs of compute capability 8.0 and newer: float16 and bfloat16, head dims to
 * 256. Without a driver or a GPU it is unavailable, and says why. Throws `invalid-argument` for options
 * that are none.
 */
export function cudaFlash(options: CudaFlashOptions = {}): CudaBackend {
  const complete = completeOptions(options)
  return defineBackend({
    name: 'cuda-flash',
    deviceType: 'cuda',
    capabilities,
    availability: () => native.availability(),
    supports,
    estimate: (problem, device) => estimate(problem, chooseVariant(problem, device), device),
    plan: (problem, device) => planFor(problem, device, native, complete),
  })
}
