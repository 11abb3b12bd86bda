import { describe, expect, it, vi } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { CallInputs } from '../src/attention-types.js'
import { only } from '../src/dispatch/policy.js'
import { emptyTensor, tensor } from '../src/tensor/host-tensor.js'
import { fakeCuda, fakeHost } from './fakes/fake-backend.js'
import { FakeDevice } from './fakes/fake-device.js'

const attributes = { numHeads: 2 }
const shape = [1, 3, 8]
const spec = { dtype: 'float32', shape } as const
const specs = { query: spec, key: spec, value: spec }

async function onDevice(options: Parameters<typeof fakeCuda>[1] = {}) {
  const device = new FakeDevice()
  const gpu = fakeCuda([device], options)
  const attention = await createAttention({ backends: [gpu, fakeHost()], environment: {} })
  const make = () => device.empty(shape, 'float32')
  const inputs = { query: make(), key: make(), value: make() }
  device.log.length = 0
  return { device, gpu, attention, inputs }
}

const hostInputs = () => ({
  query: emptyTensor(shape, 'float32'),
  key: emptyTensor(shape, 'float32'),
  value: emptyTensor(shape, 'float32'),
})

const refusalOf = (call: () => unknown) => {
  try {
    call()
  } catch (error) {
    return error
  }
  throw new Error('the call went through')
}

describe('a planned call on a device', () => {
  it('runs synchronously, and neither plans nor asks backends again', async () => {
    const onPlan = vi.fn()
    const { attention, inputs, gpu } = await onDevice({ onPlan })
    const planned = attention.prepare('MultiHeadAttention', specs, attributes, { location: 'cuda' })
    const supports = vi.spyOn(gpu, 'supports')
    expect(planned.decision).toMatchObject({ backend: 'fake-cuda', device: 'cuda:0' })
    expect(planned.problem).toMatchObject({ batch: 1, seqlenQ: 3, numHeads: 2, headDim: 4 })
    const { output, decision } = planned.run(inputs)
    expect(output).toMatchObject({ location: 'cuda', shape })
    expect(decision).toBe(planned.decision)
    planned.run(inputs)
    expect(onPlan).toHaveBeenCalledTimes(1)
    expect(supports).not.toHaveBeenCalled()
    expect(gpu.enqueued).toHaveLength(2)
  })

  it('uses the stream and the outputs given, and takes a workspace only if one is needed', async () => {
    const { attention, device, inputs, gpu } = await onDevice()
    const planned = attention.prepare('MultiHeadAttention', inputs, attributes)
    const output = device.empty(shape, 'float32')
    const stream = device.createStream(5n)
    device.log.length = 0
    const result = await planned.run(inputs, { stream, outputs: { output } })
    expect(result.output).toBe(output)
    expect(gpu.enqueued).toEqual(['workspace null stream 5'])
    expect(device.log).toEqual(['use 4 on 5'])

    const busy = await onDevice({ workspaceBytes: 64 })
    const other = busy.attention.prepare('MultiHeadAttention', busy.inputs, attributes)
    await other.run(busy.inputs)
    expect(busy.device.log).toEqual(['empty float32 1x3x8', 'zeros uint8 64', 'use 5 on 0'])
    expect(busy.device.live.size).toBe(4)
  })

  it('does not clear a workspace that may hold anything', async () => {
    const busy = await onDevice({ workspaceBytes: 64, workspaceContents: 'any' })
    const planned = busy.attention.prepare('MultiHeadAttention', busy.inputs, attributes)
    await planned.run(busy.inputs)
    expect(busy.device.log).toEqual(['empty float32 1x3x8', 'empty uint8 64', 'use 5 on 0'])
    expect(busy.gpu.enqueued).toEqual(['workspace 64 stream 0'])
  })

  it('refuses whatever it was not prepared for, with all faults', async () => {
    const { attention, device, inputs } = await onDevice()
    const planned = attention.prepare('MultiHeadAttention', inputs, attributes)
    const { value: _value, ...missing } = inputs
    const wrong: CallInputs = {
      ...missing,
      query: device.empty([1, 4, 8], 'float32'),
      key: device.empty(shape, 'float16'),
      bias: device.empty([24], 'float32'),
      extra: device.empty([1], 'float32'),
    }
    const outputs = { qk: true, output: device.empty([1], 'float32') }
    const error = refusalOf(() => planned.run(wrong, { outputs }))
    expect(error).toMatchObject({ code: 'invalid-argument' })
    expect((error as { details: { faults: { path: string }[] } }).details.faults).toEqual([
      expect.objectContaining({ path: 'extra' }),
      { path: 'query.shape', found: '(1, 4, 8)', required: '(1, 3, 8)' },
      { path: 'key.dtype', found: '"float16"', required: 'float32' },
      expect.objectContaining({ path: 'value', found: 'nothing' }),
      expect.objectContaining({ path: 'bias', required: 'nothing, as the call was prepared' }),
      expect.objectContaining({ path: 'outputs.qk', found: '"asked for"' }),
    ])
    expect(
      refusalOf(() => planned.run(inputs, { outputs: { output: device.empty([1], 'float32') } })),
    ).toMatchObject({
      details: { faults: [{ path: 'outputs.output.shape' }] },
    })
    expect(refusalOf(() => planned.run(inputs, { outputs: { output: inputs.key } }))).toMatchObject(
      {
        details: { faults: [{ path: 'outputs.output', found: 'memory that key shares' }] },
      },
    )
  })

  it('refuses host tensors, other devices and tensors that were disposed', async () => {
    const { attention, inputs } = await onDevice()
    const planned = attention.prepare('MultiHeadAttention', inputs, attributes)
    expect(refusalOf(() => planned.run(hostInputs()))).toMatchObject({
      message: expect.stringContaining("prepare it with location: 'host'"),
    })
    const other = new FakeDevice(1)
    const elsewhere = () => other.empty(shape, 'float32')
    const moved = { query: elsewhere(), key: elsewhere(), value: elsewhere() }
    expect(refusalOf(() => planned.run(moved))).toMatchObject({
      message: expect.stringContaining('cuda:0'),
    })
    inputs.value.dispose()
    expect(refusalOf(() => planned.run(inputs))).toMatchObject({ code: 'disposed' })
    for (const bad of [null, undefined, 5]) {
      expect(refusalOf(() => planned.run(bad as never))).toMatchObject({ code: 'invalid-argument' })
    }
  })

  it('says who failed when a backend throws what is no typed error', async () => {
    const onRun = () => {
      throw new RangeError('no such kernel')
    }
    const { attention, inputs, device } = await onDevice({ onRun })
    const planned = attention.prepare('MultiHeadAttention', inputs, attributes)
    expect(refusalOf(() => planned.run(inputs))).toMatchObject({ code: 'internal' })
    expect(device.live.size).toBe(3)
  })

  it('plans anew for another scalar', async () => {
    const { attention, device, inputs } = await onDevice()
    const buffer = () => device.empty([1, 2, 16, 4], 'float32')
    const [pastKey, pastValue] = [buffer(), buffer()]
    const past = { ...inputs, pastKey, pastValue }
    const planned = attention.prepare('MultiHeadAttention', past, attributes, {
      scalars: { pastSequenceLength: 4 },
      outputs: { presentKey: true, presentValue: true },
    })
    const outputs = { presentKey: pastKey, presentValue: pastValue }
    expect(planned.problem.past).toEqual({ seqlen: 4, perBatch: false, bufferLength: 16 })
    await planned.run(past, { outputs })
    expect(planned.problem.seqlenK).toBe(7)
    await planned.run({ ...past, pastSequenceLength: 7 }, { outputs })
    expect(planned.problem.seqlenK).toBe(10)
    expect(refusalOf(() => planned.run({ ...past, pastSequenceLength: 14 }))).toMatchObject({
      details: { faults: [expect.objectContaining({ path: 'pastSequenceLength', found: '14' })] },
    })
    expect(planned.problem.seqlenK).toBe(10)
  })

  it('costs little', async () => {
    const { attention, device, inputs } = await onDevice()
    const planned = attention.prepare('MultiHeadAttention', inputs, attributes)
    const stream = { ...device.defaultStream, use: () => {} }
    const options = { stream, outputs: { output: device.empty(shape, 'float32') } }
    const time = (calls: number) => {
      const begin = performance.now()
      for (let call = 0; call < calls; call++) void planned.run(inputs, options)
      return ((performance.now() - begin) * 1000) / calls
    }
    time(20_000)
    const best = Math.min(...Array.from({ length: 10 }, () => time(5_000)))
    // Aim: under 5 µs on an idle machine; the bound leaves room for a busy one.
    expect(best).toBeLessThan(15)
  })
})

describe('a planned call on the host', () => {
  it('is the default, runs on a backend of the host or of a device, and checks values each time', async () => {
    const { attention } = await onDevice()
    const mask = { dtype: 'int32', shape: [1] } as const
    const planned = attention.prepare(
      'MultiHeadAttention',
      { ...specs, keyPaddingMask: mask },
      attributes,
      { location: 'host', policy: only('fake') },
    )
    const keyPaddingMask = tensor(Int32Array.of(2), [1])
    const inputs = { ...hostInputs(), keyPaddingMask }
    const { output } = await planned.run(inputs)
    expect(output).toMatchObject({ location: 'host', shape })
    keyPaddingMask.data[0] = -2
    await expect(planned.run(inputs)).rejects.toMatchObject({
      details: { faults: [expect.objectContaining({ path: 'keyPaddingMask[0]', found: '-2' })] },
    })
    const staged = attention.prepare('MultiHeadAttention', specs, attributes)
    expect(staged.decision.backend).toBe('fake-cuda')
    const result = await staged.run(hostInputs())
    expect(result.output).toMatchObject({ location: 'host' })
  })

  it('refuses device tensors by rejecting', async () => {
    const { attention, inputs } = await onDevice()
    const planned = attention.prepare('MultiHeadAttention', specs, attributes, { location: 'host' })
    await expect(planned.run(inputs)).rejects.toThrowError(/location: 'cuda'/)
  })
})

describe('prepare', () => {
  it('refuses wrong specs, attributes and options with all faults', async () => {
    const { attention } = await onDevice()
    const wrong = { query: 5, key: { dtype: 'x', shape: [1] }, other: spec }
    const options = { location: 'moon', scalars: { numHeads: 1 }, outputs: { nothing: true } }
    const error = refusalOf(() =>
      attention.prepare('MultiHeadAttention', wrong as never, {}, options as never),
    )
    const { faults } = (error as { details: { faults: { path: string }[] } }).details
    expect(faults.map(({ path }) => path)).toEqual([
      'scalars.numHeads',
      'query',
      'key.dtype',
      'options.location',
      'outputs.nothing',
      'other',
      'numHeads',
    ])
  })

  it('takes the place of the tensors given, and refuses two', async () => {
    const { attention, inputs } = await onDevice()
    const mixed = { ...inputs, key: emptyTensor(shape, 'float32') }
    const prepare = () => attention.prepare('MultiHeadAttention', mixed, attributes)
    expect(refusalOf(prepare)).toMatchObject({ details: { faults: [{ path: 'key' }] } })
  })

  it('fails where no backend supports the problem', async () => {
    const attention = await createAttention({ environment: {} })
    const prepare = () =>
      attention.prepare('MultiHeadAttention', specs, attributes, { location: 'cuda' })
    expect(refusalOf(prepare)).toMatchObject({ code: 'no-backend-supports' })
  })
})
