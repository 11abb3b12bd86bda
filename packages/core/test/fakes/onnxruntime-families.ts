import type { HostBackend } from '../../src/backend/backend.js'
import type { Capabilities } from '../../src/backend/capabilities.js'
import { fakeHost } from './fake-backend.js'

/** What kernels on tensor cores have in common. */
const KERNELS = {
  headDim: { min: 8, max: 256, multipleOf: 8 },
  attentionBias: false,
  past: false,
  qkOutputs: [],
} as const satisfies Partial<Capabilities>

const FLASH: Partial<Capabilities> = {
  ...KERNELS,
  dtypes: ['float16', 'bfloat16'],
  headDimV: 'equal',
  masks: ['none'],
}

const FUSED: Partial<Capabilities> = {
  ...KERNELS,
  dtypes: ['float16'],
  headDimV: 'equal',
  masks: ['none', 'lengths'],
}

const MEMORY_EFFICIENT: Partial<Capabilities> = {
  ...KERNELS,
  dtypes: ['float16', 'bfloat16', 'float32'],
  headDimV: { min: 8, max: 1024, multipleOf: 8 },
  masks: ['none', 'lengths'],
  attentionBias: true,
}

/**
 * Backends that can about what the kernels of ONNX Runtime can, named after their families; the
 * slowest first.
 */
export function onnxruntimeFamilies(): readonly HostBackend[] {
  return [
    fakeHost({ name: 'cpu', family: 'cpu', microseconds: 4 }),
    fakeHost({
      name: 'memory-efficient',
      family: 'memory-efficient',
      capabilities: MEMORY_EFFICIENT,
      microseconds: 3,
    }),
    fakeHost({ name: 'fused', family: 'fused', capabilities: FUSED, microseconds: 2 }),
    fakeHost({ name: 'flash', family: 'flash', capabilities: FLASH, microseconds: 1 }),
  ]
}
