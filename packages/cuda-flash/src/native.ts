import { type KernelAddon, kernelAddon } from '@attnkit/cuda-runtime'
import packageJson from '../package.json' with { type: 'json' }
import { MIN_COMPUTE_CAPABILITY } from './capabilities.js'

/** The kernels; loaded when their availability is first asked for. */
export const native: KernelAddon = kernelAddon({
  packageUrl: import.meta.url,
  packageName: packageJson.name,
  addonName: 'cuda-flash',
  version: packageJson.version,
  minComputeCapability: MIN_COMPUTE_CAPABILITY,
})
