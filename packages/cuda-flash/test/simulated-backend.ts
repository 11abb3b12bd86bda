import { type CudaBackend, type Device, defineBackend } from '@attnkit/core'
import { CacheAppend } from '../src/append.js'
import { capabilities } from '../src/capabilities.js'
import { chooseVariant } from '../src/choose-variant.js'
import { FlashPlan } from '../src/plan.js'
import { supports } from '../src/supports.js'
import type { ArenaDevice } from './arena-device.js'
import { simulateAppend } from './simulated-append.js'
import { SimulatedKernel } from './simulated-kernel.js'

/** The backend with kernels that run in this process: what is left to see is what they are told. */
export function simulatedBackend(device: ArenaDevice): CudaBackend {
  const { memory } = device
  return defineBackend({
    name: 'simulated',
    deviceType: 'cuda',
    capabilities,
    availability: async () => ({ status: 'available', devices: [device as Device], build: {} }),
    supports,
    plan: (problem, on) => {
      const variant = chooseVariant(problem, on)
      const launch = (_operator: string, _index: number | string, params: Uint8Array) => {
        new SimulatedKernel(memory, params, variant.dtype).run()
      }
      const append = new CacheAppend(problem, (_operator, call) => simulateAppend(memory, call))
      return new FlashPlan(variant, { launch }, { exactSoftmax: true }, append)
    },
  })
}
