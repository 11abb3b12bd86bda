import {
  type AbsentBackend,
  AttentionError,
  type Backend,
  type Capabilities,
  checkCapabilities,
  createAttention,
  defineBackend,
  HOST,
  reference,
} from '@attnkit/core'

// Stands in for the package `attnkit`, so that what is printed is the same on every machine.
export { createAttention }

const CPU: Capabilities = {
  ...reference().capabilities,
  family: 'cpu',
  dtypes: ['float32', 'float16', 'bfloat16'],
}

const FLASH: Capabilities = {
  family: 'flash',
  dtypes: ['float16', 'bfloat16'],
  headDim: { min: 16, max: 256, multipleOf: 8 },
  headDimV: 'equal',
  layouts: ['bsnh', 'bnsh', 'bsn2h', 'bsn3h'],
  masks: ['none', 'lengths'],
  additiveMask: false,
  attentionBias: false,
  projectionBias: true,
  causal: true,
  causalOffsetPerBatch: true,
  window: false,
  softcap: false,
  sinks: ['none'],
  groupedQuery: true,
  varlen: true,
  past: false,
  qkOutputs: ['none'],
  softmaxLse: true,
  maxSeqlen: 2 ** 24,
  minComputeCapability: [8, 0],
  variants: [{ name: 'fa2-sm80-d64', serves: 'head dims 40 to 64' }],
  tunedDevices: {
    h200: {
      type: 'cuda',
      index: 0,
      name: 'NVIDIA H200',
      computeCapability: [9, 0],
      multiprocessors: 132,
      memoryBytes: 150_000_000_000,
    },
  },
}

/** The CPU as a backend; the reference does its work. */
function fakeCpu(): Backend {
  return defineBackend({
    name: 'cpu',
    deviceType: 'host',
    capabilities: CPU,
    availability: async () => ({
      status: 'available',
      devices: [{ ...HOST, name: 'A Processor' }],
      build: { version: '0.1.0', isa: 'avx512', path: '/opt/cpu.node' },
    }),
    supports: (problem, device) => ({
      reasons: checkCapabilities(problem, CPU, device),
      notes: [],
    }),
    plan: (problem) => ({ ...reference().plan(problem, HOST), variant: 'avx512-tile' }),
  })
}

/** A CUDA backend on a machine without a driver. */
function fakeFlash(): Backend {
  return defineBackend({
    name: 'cuda-flash',
    deviceType: 'cuda',
    capabilities: FLASH,
    availability: async () => ({
      status: 'unavailable',
      reason: {
        code: 'driver-missing',
        subject: 'NVIDIA driver',
        found: 'no NVIDIA driver on this machine',
        required: 'driver 580 or newer',
        remedy: 'install the driver, or give the container the GPU (--gpus all)',
      },
    }),
    supports: (problem, device) => ({
      reasons: checkCapabilities(problem, FLASH, device),
      notes: [{ subject: 'past', text: 'there is none' }],
    }),
    estimate: () => ({ microseconds: 41.5, source: 'modelled' }),
    plan: () => ({ variant: 'fa2-sm80-d64', workspaceBytes: 0, enqueue: () => {} }),
  })
}

/** A backend of the host that does `execute` instead of attention; softcap it refuses. */
function fakeHost(name: string, execute: () => Promise<void>): Backend {
  const capabilities: Capabilities = { ...CPU, softcap: false, family: 'other' }
  return defineBackend({
    name,
    deviceType: 'host',
    capabilities,
    availability: async () => ({ status: 'available', devices: [HOST], build: {} }),
    supports: (problem, device) => ({
      reasons: checkCapabilities(problem, capabilities, device),
      notes: [],
    }),
    plan: () => ({ variant: 'none', workspaceBytes: 0, execute }),
  })
}

const MEMEFF: AbsentBackend = {
  name: 'cuda-memeff',
  status: 'not-installed',
  reason: {
    code: 'not-installed',
    subject: '@attnkit/cuda-memeff',
    found: 'no package',
    required: '@attnkit/cuda-memeff',
    remedy: 'npm i @attnkit/cuda-memeff',
  },
}

const BROKEN: Readonly<Record<string, () => Promise<void>>> = {
  /** Leaves its outputs as they are. */
  wrong: async () => {},
  lost: async () => {
    throw new AttentionError('device-lost', 'fake: the device was lost; start the process again')
  },
  buggy: async () => {
    throw new TypeError('not a function')
  },
}

let extra: readonly Backend[] = []

/** Adds backends that are ready and `wrong`, `lost` (the device fails) and `buggy`. */
export function addBrokenBackends(): void {
  extra = Object.entries(BROKEN).map(([name, execute]) => fakeHost(name, execute))
}

export async function discoverBackends() {
  return { backends: [fakeFlash(), fakeCpu(), ...extra], absent: [MEMEFF] }
}
