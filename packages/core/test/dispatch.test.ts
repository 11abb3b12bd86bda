import { describe, expect, it, vi } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { AttentionOptions } from '../src/attention-types.js'
import { defineBackend } from '../src/backend/define-backend.js'
import { findBackends } from '../src/backend/find-backends.js'
import type { Decision } from '../src/dispatch/decision.js'
import { Dispatcher } from '../src/dispatch/dispatcher.js'
import { readEnvironment } from '../src/dispatch/environment.js'
import { only } from '../src/dispatch/policy.js'
import { emptyTensor } from '../src/tensor/host-tensor.js'
import { DRIVER_MISSING, fakeCuda, fakeHost } from './fakes/fake-backend.js'
import { FakeDevice } from './fakes/fake-device.js'
import { problemOf } from './fakes/fake-problem.js'

const attentionWith = (options: AttentionOptions) =>
  createAttention({ environment: {}, ...options })

const statuses = ({ candidates }: Decision) =>
  candidates.map(({ backend, status }) => `${backend} ${status}`)

const codes = ({ candidates }: Decision, name: string) =>
  candidates.find(({ backend }) => backend === name)?.reasons.map(({ code }) => code)

describe('fastest', () => {
  it('takes the lowest estimate, whatever the order', async () => {
    const slow = fakeHost({ name: 'slow', microseconds: 20 })
    const fast = fakeHost({ name: 'fast', microseconds: 10 })
    const attention = await attentionWith({ backends: [slow, fast] })
    const decision = attention.explain(problemOf())
    expect(statuses(decision)).toEqual(['fast chosen', 'slow eligible', 'reference eligible'])
    expect(decision).toMatchObject({
      backend: 'fast',
      variant: 'fast-plan',
      device: 'host',
      policy: 'fastest',
      environment: [],
    })
    expect(decision.candidates[0]?.estimate).toEqual({ microseconds: 10, source: 'modelled' })
  })

  it('keeps the order given where one of two has no estimate', async () => {
    const unknown = fakeHost({ name: 'unknown' })
    const known = fakeHost({ name: 'known', microseconds: 1 })
    const attention = await attentionWith({ backends: [unknown, known] })
    expect(attention.explain(problemOf()).backend).toBe('unknown')
  })

  it('charges a CUDA backend for the copies of host tensors, and not of device tensors', async () => {
    const device = new FakeDevice()
    const gpu = fakeCuda([device], { microseconds: 5 })
    const host = fakeHost({ name: 'host', microseconds: 50 })
    const attention = await attentionWith({ backends: [gpu, host] })
    const large = problemOf({ seqlenQ: 4096, dtype: 'float32' })
    const onHost = attention.explain(large)
    // Q, K, V and the output: 4 · 4096 · 2 · 64 · 4 bytes at 20 GB/s.
    const bytes = 4 * 4096 * 2 * 64 * 4
    const expected = 5 + bytes / 20e3
    expect(onHost.backend).toBe('host')
    const charged = onHost.candidates.find(({ backend }) => backend === 'fake-cuda')
    expect(charged?.estimate?.microseconds).toBeCloseTo(expected, 9)
    const onDevice = attention.explain(large, { location: 'cuda' })
    expect(onDevice).toMatchObject({ backend: 'fake-cuda', device: 'cuda:0' })
    expect(onDevice.candidates[0]?.estimate?.microseconds).toBe(5)
  })
})

describe('candidates', () => {
  it('keep all the reasons of each backend on success', async () => {
    const narrow = fakeHost({
      name: 'narrow',
      capabilities: { causal: false, dtypes: ['float32'] },
    })
    const absent = {
      name: 'cuda-x',
      status: 'not-installed',
      reason: {
        code: 'not-installed',
        subject: 'cuda-x',
        found: 'nothing',
        required: 'cuda-x',
        remedy: 'npm i cuda-x',
      },
    } as const
    const broken = fakeCuda([], { unavailable: DRIVER_MISSING })
    const attention = await attentionWith({ backends: [narrow, broken], absent: [absent] })
    const decision = attention.explain(problemOf({ causal: true }))
    expect(statuses(decision)).toEqual([
      'reference chosen',
      'narrow rejected',
      'fake-cuda unavailable',
      'cuda-x unavailable',
    ])
    expect(codes(decision, 'narrow')).toEqual(['dtype-unsupported', 'causal-unsupported'])
    expect(codes(decision, 'fake-cuda')).toEqual(['driver-missing'])
    expect(codes(decision, 'cuda-x')).toEqual(['not-installed'])
    expect(attention.backends.map(({ name, status }) => [name, status])).toEqual([
      ['narrow', 'ready'],
      ['fake-cuda', 'unavailable'],
      ['reference', 'ready'],
      ['cuda-x', 'not-installed'],
    ])
  })

  it('are plain data', async () => {
    const attention = await attentionWith({ backends: [fakeCuda([new FakeDevice()])] })
    const decision = attention.explain(problemOf())
    expect(JSON.parse(JSON.stringify(decision))).toEqual(decision)
  })

  it('outlive a backend whose supports() throws', async () => {
    const buggy = {
      ...fakeHost({ name: 'buggy' }),
      supports: () => {
        throw new TypeError('oops')
      },
    }
    const attention = await attentionWith({ backends: [buggy] })
    const decision = attention.explain(problemOf())
    expect(decision.backend).toBe('reference')
    expect(codes(decision, 'buggy')).toEqual(['contract-mismatch'])
  })
})

describe('only', () => {
  it('allows one backend, and shows why the others were not taken', async () => {
    const attention = await attentionWith({
      backends: [fakeHost({ name: 'a', microseconds: 1 }), fakeHost({ name: 'b' })],
      policy: only('b'),
    })
    const decision = attention.explain(problemOf())
    expect(decision).toMatchObject({ backend: 'b', policy: 'only(b)' })
    expect(codes(decision, 'a')).toEqual(['disabled-by-policy'])
  })

  it('never falls back: explains nothing chosen, and fails with all its reasons', async () => {
    const picky = fakeHost({ name: 'picky', capabilities: { causal: false, past: false } })
    const attention = await attentionWith({ backends: [picky] })
    const problem = problemOf({ causal: true, present: true })
    const decision = attention.explain(problem, { policy: only('picky') })
    expect(decision).toMatchObject({ backend: '', variant: '', device: '' })
    const prepare = () => attention.prepareProblem(problem, { policy: only('picky') })
    expect(prepare).toThrowError(/no backend supports .*only\(picky\)/)
    expect(prepare).toThrowError(
      expect.objectContaining({
        code: 'no-backend-supports',
        details: expect.objectContaining({
          reasons: [
            expect.objectContaining({ backend: 'picky', code: 'causal-unsupported' }),
            expect.objectContaining({ backend: 'picky', code: 'past-unsupported' }),
          ],
        }),
      }),
    )
  })

  it('is backend-unavailable when the backend is not there at all', async () => {
    const gone = fakeCuda([], { unavailable: DRIVER_MISSING })
    const attention = await attentionWith({ backends: [gone] })
    expect(() => attention.prepareProblem(problemOf(), { policy: only('fake-cuda') })).toThrowError(
      expect.objectContaining({
        code: 'backend-unavailable',
        message: expect.stringContaining('driver-missing: the NVIDIA driver: found none'),
      }),
    )
  })

  it('names the known backends when one is unknown', async () => {
    await expect(attentionWith({ policy: only('typo') })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: 'createAttention: policy.only: found "typo", required a known backend: reference',
    })
    const attention = await attentionWith({})
    expect(() => attention.explain(problemOf(), { policy: only('typo') })).toThrowError(/reference/)
    expect(() => attention.explain(problemOf(), { policy: 'fast' as never })).toThrowError(
      /policy: found "fast"/,
    )
  })
})

describe('onnxruntime', () => {
  const families = () => [
    fakeHost({ name: 'cpu', microseconds: 1 }),
    fakeHost({ name: 'memeff', family: 'memory-efficient' }),
    fakeHost({ name: 'fused', family: 'fused' }),
    fakeHost({ name: 'flash', family: 'flash', microseconds: 1000 }),
  ]

  it('orders by family, not by speed', async () => {
    const attention = await attentionWith({ backends: families(), policy: 'onnxruntime' })
    expect(statuses(attention.explain(problemOf()))).toEqual([
      'flash chosen',
      'fused eligible',
      'memeff eligible',
      'cpu eligible',
      'reference eligible',
    ])
  })

  it('leaves packed QKV below 513 queries to others, and causal problems not to fused', async () => {
    const attention = await attentionWith({ backends: families(), policy: 'onnxruntime' })
    const short = attention.explain(problemOf({ layout: 'bsn3h', seqlenQ: 512 }))
    expect(short.backend).toBe('fused')
    expect(codes(short, 'flash')).toEqual(['below-threshold'])
    const long = attention.explain(problemOf({ layout: 'bsn3h', seqlenQ: 513 }))
    expect(long.backend).toBe('flash')
    const causal = attention.explain(problemOf({ layout: 'bsn3h', causal: true }))
    expect(causal.backend).toBe('memeff')
    expect(codes(causal, 'fused')).toEqual(['disabled-by-policy'])
    expect(causal.environment).toEqual([])
  })

  it('takes memory-efficient kernels in float32 from 256 queries or new keys on', async () => {
    const memeff = fakeHost({ name: 'memeff', family: 'memory-efficient' })
    const attention = await attentionWith({ backends: [memeff], policy: 'onnxruntime' })
    const backendOf = (seqlenQ: number, seqlenK: number, past = 0) =>
      attention.explain(
        problemOf({
          dtype: 'float32',
          seqlenQ,
          seqlenK,
          past: past > 0 ? { seqlen: past, bufferLength: null } : null,
        }),
      ).backend
    expect(backendOf(255, 255)).toBe('reference')
    expect(backendOf(256, 1)).toBe('memeff')
    expect(backendOf(1, 256)).toBe('memeff')
    expect(backendOf(1, 256, 255)).toBe('reference')
  })
})

describe('placement', () => {
  it('gives device tensors to backends of that device only', async () => {
    const attention = await attentionWith({
      backends: [fakeCuda([new FakeDevice(0)], { capabilities: { causal: false } }), fakeHost()],
    })
    const decision = attention.explain(problemOf({ causal: true }), { location: 'cuda' })
    expect(decision.backend).toBe('')
    expect(codes(decision, 'fake-cuda')).toEqual(['causal-unsupported'])
    expect(codes(decision, 'fake')).toEqual(['placement'])
    expect(codes(decision, 'reference')).toEqual(['placement'])
  })

  it('has a reason where a backend lacks the device', async () => {
    const attention = await attentionWith({ backends: [fakeCuda([new FakeDevice(0)])], device: 3 })
    expect(codes(attention.explain(problemOf()), 'fake-cuda')).toEqual(['device-missing'])
  })
})

describe('explain for a device that is not here', () => {
  const device = { type: 'cuda', index: 0, name: 'GPU', computeCapability: [8, 0] } as const

  it('asks backends that are unavailable on this machine, and says so', async () => {
    const gone = fakeCuda([], {
      unavailable: DRIVER_MISSING,
      capabilities: { minComputeCapability: [8, 0] },
    })
    const attention = await attentionWith({ backends: [gone] })
    const decision = attention.explain(problemOf(), { device })
    expect(decision).toMatchObject({ backend: 'fake-cuda', device: 'cuda:0' })
    expect(decision.candidates[0]?.notes[0]?.text).toContain('driver-missing')
    const old = attention.explain(problemOf(), { device: { ...device, computeCapability: [7, 5] } })
    expect(codes(old, 'fake-cuda')).toEqual(['compute-capability'])
  })
})

describe('a projection', () => {
  const project = async () => emptyTensor([1, 1], 'float32')
  const needs = { projection: true, derived: [] }
  const HOST_TARGET = { location: 'host', deviceIndex: 0 } as const

  const dispatcherOf = async (variables: Record<string, string> = {}) => {
    const able = defineBackend({ ...fakeHost({ name: 'able' }), project })
    const found = await findBackends([fakeHost({ name: 'unable' }), able])
    const environment = readEnvironment(variables, ['able', 'unable'])
    return new Dispatcher({ found, absent: [], environment })
  }

  it('is for backends that have one, and the decision says which multiplies', async () => {
    const decision = (await dispatcherOf()).explain(problemOf(), HOST_TARGET, 'fastest', needs)
    expect(statuses(decision)).toEqual(['able chosen', 'unable rejected'])
    expect(codes(decision, 'unable')).toEqual(['not-supported-yet'])
    const notes = decision.candidates.map((one) => one.notes)
    expect(notes).toEqual([[{ subject: 'projection', text: 'input × weights by able' }], []])
  })

  it('is on the debug line', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const dispatcher = await dispatcherOf({ ATTNKIT_DEBUG: 'dispatch' })
    dispatcher.select(problemOf(), HOST_TARGET, 'fastest', needs)
    const [line] = write.mock.calls.map(([text]) => text)
    write.mockRestore()
    expect(line).toContain(
      '→ able able-plan on host (fastest); input × weights by able; unable rej',
    )
  })
})

describe('plans', () => {
  it('are kept for problems of one key, the last 256', async () => {
    const onPlan = vi.fn()
    const attention = await attentionWith({ backends: [fakeHost({ onPlan })] })
    for (let turn = 0; turn < 2; turn++) {
      for (let heads = 1; heads <= 256; heads++) attention.explain(problemOf({ numHeads: heads }))
    }
    expect(onPlan).toHaveBeenCalledTimes(256)
    attention.explain(problemOf({ numHeads: 1 }))
    attention.explain(problemOf({ numHeads: 300 }))
    expect(onPlan).toHaveBeenCalledTimes(257)
    attention.explain(problemOf({ numHeads: 1 }))
    expect(onPlan).toHaveBeenCalledTimes(257)
    attention.explain(problemOf({ numHeads: 2 }))
    expect(onPlan).toHaveBeenCalledTimes(258)
  })

  it('are shared by lengths of one bucket', async () => {
    const onPlan = vi.fn()
    const attention = await attentionWith({ backends: [fakeHost({ onPlan })] })
    for (const seqlenK of [1000, 1001, 1023, 1024]) attention.explain(problemOf({ seqlenK }))
    expect(onPlan).toHaveBeenCalledTimes(1)
    attention.explain(problemOf({ seqlenK: 1025 }))
    expect(onPlan).toHaveBeenCalledTimes(2)
  })
})
