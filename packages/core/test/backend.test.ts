import { describe, expect, it, vi } from 'vitest'
import { createAttention } from '../src/attention.js'
import { backendBrand, type Projection } from '../src/backend/backend.js'
import type { Capabilities } from '../src/backend/capabilities.js'
import { checkCapabilities } from '../src/backend/check-capabilities.js'
import { defineBackend, isBackend } from '../src/backend/define-backend.js'
import { HOST } from '../src/backend/device.js'
import { planKey, seqlenBucket } from '../src/backend/plan-key.js'
import type { ReasonCode } from '../src/backend/reason.js'
import type { ProblemOptions } from '../src/problem/define-problem.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import { fakeHost } from './fakes/fake-backend.js'
import { problemOf } from './fakes/fake-problem.js'

describe('defineBackend', () => {
  const { [backendBrand]: _brand, contract: _contract, ...definition } = fakeHost()

  it('makes a backend that any copy of core knows', () => {
    const backend = defineBackend(definition)
    expect(isBackend(backend)).toBe(true)
    expect(backend).toMatchObject({ [Symbol.for('attnkit.backend')]: true, contract: 1 })
    for (const value of [null, 5, {}, definition]) expect(isBackend(value)).toBe(false)
  })

  it('takes an instance of a class as well', async () => {
    class Written {
      readonly name = 'written'
      readonly deviceType = 'host'
      readonly capabilities = definition.capabilities
      readonly #devices = [HOST]
      async availability() {
        return { status: 'available' as const, devices: this.#devices, build: {} }
      }
      supports() {
        return { reasons: [], notes: this.#devices.map(() => ({ subject: 'x', text: 'y' })) }
      }
      plan() {
        return { variant: `v${this.#devices.length}`, workspaceBytes: 0, execute: async () => {} }
      }
    }
    const attention = await createAttention({
      backends: [defineBackend(new Written())],
      environment: {},
    })
    expect(attention.explain(problemOf())).toMatchObject({ backend: 'written', variant: 'v1' })
  })

  it('takes a projection of the author, as a method of what he wrote', async () => {
    class Written {
      readonly name = 'written'
      readonly deviceType = 'host'
      readonly capabilities = definition.capabilities
      readonly #value = 7
      availability = definition.availability
      supports = definition.supports
      plan = definition.plan
      async project({ tokens, width, dtype }: Projection) {
        const product = emptyTensor([tokens, width], dtype)
        product.data.fill(this.#value as never)
        return product
      }
    }
    const { project } = defineBackend(new Written())
    const input = tensor(new Float32Array(2), [2, 1])
    const weights = tensor(new Float32Array(3), [1, 3])
    const sizes = { dtype: 'float32', tokens: 2, inputWidth: 1, width: 3 } as const
    expect((await project?.(sizes, { input, weights }, 1))?.data).toEqual(
      new Float32Array(6).fill(7),
    )
    expect('project' in defineBackend(definition)).toBe(false)
  })

  it('says every fault of the definition', () => {
    const wrong = {
      ...definition,
      name: 'Bad Name',
      deviceType: 'tpu',
      plan: 5,
      estimate: 'fast',
      project: 1,
      recycle: 2,
      readsInPlace: true,
    }
    expect(() => defineBackend(wrong as never)).toThrowError(
      expect.objectContaining({
        code: 'invalid-argument',
        details: expect.objectContaining({
          faults: [
            'name',
            'deviceType',
            'plan',
            'estimate',
            'project',
            'recycle',
            'readsInPlace',
          ].map((path) => expect.objectContaining({ path })),
        }),
      }),
    )
    expect(() => defineBackend(null as never)).toThrowError(/definition: found null/)
  })

  it('asks for the availability once', async () => {
    const availability = vi.fn(definition.availability)
    const backend = defineBackend({ ...definition, availability })
    await Promise.all([backend.availability(), backend.availability()])
    expect(availability).toHaveBeenCalledTimes(1)
  })

  it.each([
    () => Promise.reject(new Error('no luck')),
    () => {
      throw new Error('no luck')
    },
  ])('makes a reason of an availability that fails', async (availability) => {
    const backend = defineBackend({ ...definition, availability: availability as never })
    await expect(backend.availability()).resolves.toMatchObject({
      status: 'unavailable',
      reason: { code: 'binary-load-failed', found: 'no luck' },
    })
  })
})

describe('a backend of another contract', () => {
  it('is unavailable with a reason, and is not asked anything', async () => {
    const availability = vi.fn()
    const stranger = { ...fakeHost({ name: 'stranger' }), contract: 2, availability }
    const attention = await createAttention({ backends: [stranger], environment: {} })
    expect(attention.backends[0]).toMatchObject({
      name: 'stranger',
      status: 'unavailable',
      reason: { code: 'contract-mismatch', found: '2', required: '1' },
    })
    expect(availability).not.toHaveBeenCalled()
    expect(attention.explain(problemOf()).backend).toBe('reference')
  })
})

const NOTHING: Capabilities = {
  family: 'other',
  dtypes: ['float16'],
  headDim: { min: 32, max: 128, multipleOf: 8 },
  headDimV: 'equal',
  layouts: ['bsnh'],
  masks: ['none'],
  additiveMask: false,
  attentionBias: false,
  projectionBias: false,
  causal: false,
  causalOffsetPerBatch: false,
  window: false,
  softcap: false,
  sinks: [],
  groupedQuery: false,
  varlen: false,
  past: false,
  qkOutputs: [],
  softmaxLse: false,
  maxSeqlen: 1024,
}

describe('checkCapabilities', () => {
  const codesOf = (options: Partial<ProblemOptions>, able: Partial<Capabilities> = {}) =>
    checkCapabilities(problemOf(options), { ...NOTHING, ...able }, HOST).map(({ code }) => code)

  it('has no reason against what fits', () => {
    expect(codesOf({})).toEqual([])
  })

  const lengths = { kind: 'lengths' } as const
  it.each<[ReasonCode, Partial<ProblemOptions>]>([
    ['dtype-unsupported', { dtype: 'float32' }],
    ['head-dim-unsupported', { headDim: 24 }],
    ['head-dim-unsupported', { headDim: 136 }],
    ['head-dim-unsupported', { headDim: 36 }],
    ['head-dims-differ', { headDimV: 32 }],
    ['seqlen-too-long', { seqlenK: 1025 }],
    ['seqlen-too-long', { seqlenQ: 1025, seqlenK: 5 }],
    ['format-unsupported', { layout: 'bsn3h' }],
    ['mask-kind-unsupported', { mask: { ...lengths } }],
    ['bias-unsupported', { attentionBias: {} }],
    ['bias-unsupported', { projectionBias: { q: true, k: false, v: false } }],
    ['causal-unsupported', { causal: true }],
    ['window-unsupported', { windowLeft: 0 }],
    ['window-unsupported', { windowRight: 3 }],
    ['softcap-unsupported', { softcap: 1 }],
    ['sink-unsupported', { sink: 'zero' }],
    ['gqa-unsupported', { numHeadsKv: 1 }],
    ['past-unsupported', { past: { seqlen: 1, bufferLength: null } }],
    ['past-unsupported', { present: true }],
    ['qk-output-unsupported', { qkOutput: 'scaled' }],
    ['lse-unsupported', { softmaxLse: true }],
  ])('says %s for %o', (code, options) => {
    expect(codesOf(options)).toEqual([code])
  })

  it('says what the mask and the offset need beyond their kind', () => {
    const additive = { mask: { ...lengths, filterValue: -5 } }
    expect(codesOf(additive, { masks: ['lengths'] })).toEqual(['mask-kind-unsupported'])
    const able = { masks: ['lengths'], additiveMask: true } as const
    expect(codesOf(additive, able)).toEqual([])
    const offset = { causal: true, causalOffset: 'per-batch' } as const
    expect(codesOf(offset, { causal: true })).toEqual(['causal-unsupported'])
  })

  it('says all the reasons, with what was found and what is required', () => {
    const problem = problemOf({ dtype: 'float32', headDim: 256, causal: true, softcap: 2 })
    expect(checkCapabilities(problem, NOTHING, HOST)).toEqual([
      { code: 'dtype-unsupported', subject: 'dtype', found: 'float32', required: 'float16' },
      {
        code: 'head-dim-unsupported',
        subject: 'headDim',
        found: '256',
        required: '32 to 128 and a multiple of 8',
      },
      { code: 'softcap-unsupported', subject: 'softcap', found: '2', required: '0' },
      { code: 'causal-unsupported', subject: 'causal', found: 'true', required: 'false' },
    ])
  })

  it.each([
    [[7, 5], false],
    [[8, 0], true],
    [[8, 9], true],
    [[9, 0], true],
  ] as const)('compares the compute capability %o', (computeCapability, fits) => {
    const able = { ...NOTHING, minComputeCapability: [8, 0] } as const
    const device = { type: 'cuda', index: 0, name: 'x', computeCapability } as const
    const codes = checkCapabilities(problemOf(), able, device).map(({ code }) => code)
    expect(codes).toEqual(fits ? [] : ['compute-capability'])
  })
})

describe('seqlenBucket', () => {
  it('holds each length, exceeds it by a quarter at most, and is a bucket itself', () => {
    for (let seqlen = 0; seqlen <= 5000; seqlen++) {
      const bucket = seqlenBucket(seqlen)
      expect(bucket).toBeGreaterThanOrEqual(seqlen)
      expect(bucket).toBeLessThanOrEqual(seqlen * 1.25)
      expect(seqlenBucket(bucket)).toBe(bucket)
      expect(seqlenBucket(seqlen + 1)).toBeGreaterThanOrEqual(bucket)
    }
  })

  it('has an edge at every power of two, where variants change', () => {
    for (let power = 1; power <= 2 ** 30; power *= 2) {
      expect(seqlenBucket(power)).toBe(power)
      expect(seqlenBucket(power + 1)).toBeGreaterThan(power)
    }
  })
})

describe('planKey', () => {
  const key = (options: Partial<ProblemOptions> = {}) => planKey(problemOf(options))

  it('is one for what changes from call to call', () => {
    expect(key({ softmaxScale: 2 })).toBe(key())
    expect(key({ operator: 'other' })).toBe(key())
    expect(key({ seqlenK: 1000 })).toBe(key({ seqlenK: 1024 }))
    const past = (seqlen: number) => key({ seqlenK: 1024, past: { seqlen, bufferLength: 2048 } })
    expect(past(1000)).toBe(past(1001))
    expect(past(1024)).not.toBe(past(1001))
    expect(key({ causal: true, causalOffset: 5 })).toBe(key({ causal: true, causalOffset: 6 }))
  })

  it.each<Partial<ProblemOptions>>([
    { dtype: 'bfloat16' },
    { batch: 2 },
    { numHeads: 4 },
    { numHeadsKv: 1 },
    { headDim: 32 },
    { headDimV: 32 },
    { seqlenK: 129 },
    { layout: 'bsn3h' },
    { causal: true },
    { causalOffset: 'per-batch' },
    { windowLeft: 4 },
    { windowRight: 4 },
    { softcap: 5 },
    { sink: 'per-head' },
    { mask: { kind: 'lengths' } },
    { attentionBias: {} },
    { projectionBias: { q: true, k: true, v: true } },
    { past: { seqlen: 0, bufferLength: null } },
    { present: true },
    { qkOutput: 'scaled' },
    { softmaxLse: true },
    { emptyRows: 'ignore-mask' },
    { q: { offset: 1, batchStride: 0, seqStride: 128, headStride: 64 } },
  ])('differs with %o', (options) => {
    expect(key(options)).not.toBe(key())
  })

  it('tells apart keys that are the same for all heads', () => {
    const keys = (headStride: number) =>
      key({ k: { offset: 0, batchStride: 8192, seqStride: 64, headStride } })
    expect(keys(0)).not.toBe(keys(1024))
    expect(keys(2048)).toBe(keys(1024))
  })

  it('tells apart a broadcast attention bias', () => {
    const bias = (heads: boolean) => key({ attentionBias: { broadcast: { heads } } })
    expect(bias(true)).not.toBe(bias(false))
  })
})
