import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { Backend } from '../src/backend/backend.js'
import { emptyTensor } from '../src/tensor/host-tensor.js'
import { fakeCuda, fakeHost } from './fakes/fake-backend.js'
import { FakeDevice } from './fakes/fake-device.js'

const spec = (...shape: number[]) => ({ dtype: 'float16', shape }) as const
const specs = { query: spec(2, 3, 8), key: spec(2, 5, 8), value: spec(2, 5, 8) }

const attentionWith = (...backends: readonly Backend[]) =>
  createAttention({ backends, environment: {} })

describe('explainCall', () => {
  it('says what problem a call comes to, and what would run it, without planning for tensors', async () => {
    const attention = await attentionWith(fakeHost({ name: 'host' }))
    const { problem, decision } = attention.explainCall('MultiHeadAttention', specs, {
      numHeads: 2,
      unidirectional: true,
    })
    expect(problem).toMatchObject({ batch: 2, seqlenQ: 3, seqlenK: 5, numHeads: 2, causal: true })
    expect(decision).toMatchObject({ backend: 'host', device: 'host', policy: 'fastest' })
  })

  it('takes scalars and optional outputs', async () => {
    const attention = await attentionWith(fakeHost())
    const past = spec(2, 2, 9, 4)
    const { problem } = attention.explainCall(
      'MultiHeadAttention',
      { ...specs, pastKey: past, pastValue: past },
      { numHeads: 2 },
      { scalars: { pastSequenceLength: 1 }, outputs: { presentKey: true, qk: true } },
    )
    expect(problem).toMatchObject({ seqlenK: 6, present: true, qkOutput: 'biased' })
    expect(problem.past).toMatchObject({ seqlen: 1, bufferLength: 9 })
  })

  it('decides where the tensors are that are given for specs', async () => {
    const device = new FakeDevice(1)
    const attention = await attentionWith(fakeCuda([new FakeDevice(0), device]), fakeHost())
    const tensors = { query: device.empty([1, 3, 3, 3, 8], 'float16') }
    const { decision } = attention.explainCall('MultiHeadAttention', tensors, { numHeads: 3 })
    expect(decision).toMatchObject({ backend: 'fake-cuda', device: 'cuda:1' })
  })

  it('decides for a device that is not here', async () => {
    const attention = await attentionWith(fakeCuda([]), fakeHost())
    const device = { type: 'cuda', index: 0, name: 'GPU', computeCapability: [9, 0] } as const
    const { decision } = attention.explainCall(
      'MultiHeadAttention',
      specs,
      { numHeads: 2 },
      { device },
    )
    expect(decision).toMatchObject({ backend: 'fake-cuda', device: 'cuda:0' })
  })

  it('asks for what the operator needs besides its problem', async () => {
    const able = { ...fakeHost({ name: 'able' }), project: async () => emptyTensor([1], 'float32') }
    const attention = await attentionWith(fakeHost({ name: 'unable' }), able)
    const inputs = { input: spec(1, 4, 8), weights: spec(8, 24) }
    const { decision } = attention.explainCall('Attention', inputs, { numHeads: 2 })
    expect(decision.backend).toBe('able')
    const unable = decision.candidates.find(({ backend }) => backend === 'unable')
    expect(unable?.reasons.map(({ code }) => code)).toEqual(['not-supported-yet'])
  })

  it('tells every fault at once', async () => {
    const attention = await attentionWith(fakeHost())
    const explain = () =>
      attention.explainCall('MultiHeadAttention', { ...specs, typo: spec(1) }, { numHeads: 3 })
    expect(explain).toThrowError(/MultiHeadAttention: 3 faults/)
    expect(explain).toThrowError(/typo: found an unknown input/)
    expect(() => attention.explainCall('Nothing', specs, {})).toThrowError(
      /operator: found "Nothing"/,
    )
  })
})
