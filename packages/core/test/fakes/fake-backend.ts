import type { Availability } from '../../src/backend/availability.js'
import type { CudaBackend, HostBackend } from '../../src/backend/backend.js'
import type { Capabilities, KernelFamily } from '../../src/backend/capabilities.js'
import { checkCapabilities } from '../../src/backend/check-capabilities.js'
import { defineBackend } from '../../src/backend/define-backend.js'
import { HOST } from '../../src/backend/device.js'
import type { BoundProblem } from '../../src/backend/plan.js'
import type { Reason } from '../../src/backend/reason.js'
import type { AttentionProblem } from '../../src/problem/attention-problem.js'
import { LAYOUTS } from '../../src/problem/layout.js'
import type { DeviceTensor, HostTensor } from '../../src/tensor/tensor.js'
import type { FakeDevice, FakeTensor } from './fake-device.js'

const CAPABILITIES: Capabilities = {
  family: 'other',
  dtypes: ['float32', 'float16', 'bfloat16'],
  headDim: { min: 1, max: 256, multipleOf: 1 },
  headDimV: { min: 1, max: 256, multipleOf: 1 },
  layouts: LAYOUTS,
  masks: ['none', 'lengths', 'start-end', '2d', '3d', '4d'],
  additiveMask: true,
  attentionBias: true,
  projectionBias: true,
  causal: true,
  causalOffsetPerBatch: true,
  window: true,
  softcap: true,
  sinks: ['zero', 'per-head'],
  groupedQuery: true,
  varlen: true,
  past: true,
  pastPerBatch: true,
  keyLengths: true,
  qkNorm: true,
  rotary: true,
  qkOutputs: ['scaled', 'softcapped', 'biased', 'probabilities'],
  softmaxLse: true,
  maxSeqlen: 2 ** 20,
}

export interface FakeOptions {
  readonly name?: string
  readonly family?: KernelFamily
  readonly capabilities?: Partial<Capabilities>
  readonly microseconds?: number
  readonly unavailable?: Reason
  readonly workspaceBytes?: number
  readonly workspaceContents?: 'zeros' | 'any'
  /** Called for each problem that is planned. */
  readonly onPlan?: (problem: AttentionProblem) => void
  readonly onRun?: (bound: BoundProblem<HostTensor> | BoundProblem<DeviceTensor>) => void
}

function common({ name = 'fake', family, capabilities, microseconds }: FakeOptions) {
  const able = { ...CAPABILITIES, ...capabilities, ...(family && { family }) }
  return {
    name,
    capabilities: able,
    supports: (problem: AttentionProblem, device: Parameters<typeof checkCapabilities>[2]) => ({
      reasons: checkCapabilities(problem, able, device),
      notes: [],
    }),
    ...(microseconds !== undefined && {
      estimate: () => ({ microseconds, source: 'modelled' as const }),
    }),
  }
}

function availability(options: FakeOptions, devices: Availability & { status: 'available' }) {
  return async (): Promise<Availability> =>
    options.unavailable ? { status: 'unavailable', reason: options.unavailable } : devices
}

/** A backend of the host that fills the output with 1. */
export function fakeHost(options: FakeOptions = {}): HostBackend {
  return defineBackend({
    ...common({ family: 'cpu', ...options }),
    deviceType: 'host',
    availability: availability(options, { status: 'available', devices: [HOST], build: {} }),
    plan: (problem) => {
      options.onPlan?.(problem)
      return {
        variant: `${options.name ?? 'fake'}-plan`,
        workspaceBytes: 0,
        execute: async (bound) => {
          options.onRun?.(bound)
          bound.output.data.fill(1 as never)
        },
      }
    },
  })
}

/** A backend of a fake device that fills the output with 2, and marks its present keys with 3. */
export function fakeCuda(
  devices: readonly FakeDevice[],
  options: FakeOptions = {},
): CudaBackend & { readonly enqueued: string[] } {
  const enqueued: string[] = []
  const backend = defineBackend({
    ...common({ name: 'fake-cuda', family: 'flash', ...options }),
    deviceType: 'cuda',
    availability: availability(options, { status: 'available', devices, build: {} }),
    plan: (problem) => {
      options.onPlan?.(problem)
      return {
        variant: 'fake-cuda-plan',
        workspaceBytes: options.workspaceBytes ?? 0,
        ...(options.workspaceContents && { workspaceContents: options.workspaceContents }),
        enqueue: (bound, workspace, stream) => {
          options.onRun?.(bound)
          enqueued.push(`workspace ${workspace?.shape[0] ?? 'null'} stream ${stream.handle}`)
          ;(bound.output as FakeTensor).memory.fill(2 as never)
          if (bound.presentKey) (bound.presentKey as FakeTensor).memory.set([3] as never)
        },
      }
    },
  })
  return { ...backend, enqueued }
}

/** Why a fake backend is not there. */
export const DRIVER_MISSING: Reason = {
  code: 'driver-missing',
  subject: 'the NVIDIA driver',
  found: 'none',
  required: 'a driver',
}
