import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { BoundProblem } from '../src/backend/plan.js'
import { tensor } from '../src/tensor/host-tensor.js'
import type { DeviceTensor, HostTensor } from '../src/tensor/tensor.js'
import { fakeCuda } from './fakes/fake-backend.js'
import { FakeDevice, type FakeTensor } from './fakes/fake-device.js'
import { ints } from './support/describe-rules.js'

type Bound = BoundProblem<HostTensor> | BoundProblem<DeviceTensor>

async function onDevice(onRun: (bound: Bound) => void = () => {}, device = new FakeDevice()) {
  const gpu = fakeCuda([device], { onRun })
  const attention = await createAttention({ backends: [gpu], environment: {} })
  return { device, gpu, attention }
}

/** Two sequences of 1 and 2 tokens, N 2, H 4. `third`: the position of the last token. */
function packedInputs(device: FakeDevice, third: number) {
  return {
    query: device.upload(tensor(new Float32Array(72), [3, 2, 3, 4])),
    tokenOffset: device.upload(ints([0, 2, third, 1], 2, 2)),
    cumulativeSequenceLength: device.upload(ints([0, 1, 3])),
  }
}

const attributes = { numHeads: 2 }

describe('PackedMultiHeadAttention on a device', () => {
  it('reads nothing back', async () => {
    const { device, gpu, attention } = await onDevice()
    const { output } = await attention.packedMultiHeadAttention(packedInputs(device, 0), attributes)
    expect(output.shape).toEqual([3, 8])
    expect(gpu.enqueued).toHaveLength(1)
    expect(device.log.filter((line) => line.startsWith('download'))).toEqual([])
  })

  it('checks the order of the tokens by a copy when asked to', async () => {
    const { device, attention } = await onDevice()
    const call = (third: number) =>
      attention.packedMultiHeadAttention(packedInputs(device, third), attributes, {
        validateDevice: true,
      })
    await expect(call(0)).rejects.toMatchObject({
      code: 'invalid-argument',
      details: {
        faults: [{ path: 'tokenOffset[2]', found: '0', required: '3', rule: 'E17' }],
      },
    })
    expect((await call(3)).decision.backend).toBe('fake-cuda')
  })
})

describe('operators that project, on a device,', () => {
  it('say that they are not supported yet, and what to do', async () => {
    const { device, attention } = await onDevice()
    const [input, weights] = [device.empty([1, 3, 8], 'float32'), device.empty([8, 24], 'float32')]
    await expect(attention.attention({ input, weights }, attributes)).rejects.toMatchObject({
      code: 'no-backend-supports',
      details: {
        reasons: expect.arrayContaining([
          expect.objectContaining({
            code: 'not-supported-yet',
            remedy: expect.stringContaining('MultiHeadAttention'),
          }),
        ]),
      },
    })
  })
})

/** Two sequences of 10 and 5 keys, of which 3 are new; N 4, Nk 2, H 8. */
function groupQueryInputs(device: FakeDevice) {
  const floats = (...shape: number[]) => device.empty(shape, 'float32')
  return {
    query: floats(2, 3, 32),
    key: floats(2, 3, 16),
    value: floats(2, 3, 16),
    pastKey: floats(2, 2, 16, 8),
    pastValue: floats(2, 2, 16, 8),
    seqlensK: device.upload(ints([9, 4])),
    totalSequenceLength: 10,
  }
}

const GROUPED = { numHeads: 4, kvNumHeads: 2 }
const INDEX_ROLES = ['keyLengths', 'pastSeqlens', 'causalOffset'] as const

/** Copies of the index tensors of each call that runs: they are gone afterwards. */
function recorder() {
  const seen: Partial<Record<(typeof INDEX_ROLES)[number], readonly number[]>>[] = []
  const record = (bound: Bound) => {
    const roles = INDEX_ROLES.filter((role) => bound[role] !== undefined)
    const values = roles.map((role) => [
      role,
      [...((bound[role] as FakeTensor).memory as Int32Array)],
    ])
    seen.push(Object.fromEntries(values))
  }
  return { seen, record }
}

describe('index tensors that are made of inputs', () => {
  it('are made on the device, all at once, and freed', async () => {
    const { seen, record } = recorder()
    const { device, attention } = await onDevice(record)
    const inputs = groupQueryInputs(device)
    const before = device.live.size
    const { output } = await attention.groupQueryAttention(inputs, GROUPED)
    expect(seen).toEqual([{ keyLengths: [10, 5], pastSeqlens: [7, 2], causalOffset: [7, 2] }])
    expect(device.log.filter((line) => /^(derive|download)/.test(line))).toEqual(['derive 3'])
    expect(device.live.size).toBe(before + 1)
    expect(output.shape).toEqual([2, 3, 32])
  })

  it('are made of 64-bit numbers too', async () => {
    const { seen, record } = recorder()
    const { device, attention } = await onDevice(record)
    const [q, k] = [device.empty([2, 4, 3, 8], 'float32'), device.empty([2, 4, 6, 8], 'float32')]
    const nonpadKvSeqlen = device.upload(tensor(BigInt64Array.of(4n, 2n ** 62n), [2]))
    await attention.onnxAttention({ q, k, v: k, nonpadKvSeqlen }, {})
    expect(seen).toEqual([{ keyLengths: [4, 6] }])
  })

  it('are made for calls that were prepared', async () => {
    const { seen, record } = recorder()
    const { device, attention } = await onDevice(record)
    const inputs = groupQueryInputs(device)
    const { totalSequenceLength, ...specs } = inputs
    const scalars = { totalSequenceLength }
    const planned = attention.prepare('GroupQueryAttention', specs, GROUPED, { scalars })
    planned.run(inputs)
    planned.run(inputs)
    expect(seen).toHaveLength(2)
    expect(seen[1]).toEqual({ keyLengths: [10, 5], pastSeqlens: [7, 2], causalOffset: [7, 2] })
  })

  it('are freed when the backend fails', async () => {
    const { device, attention } = await onDevice(() => {
      throw new Error('launch failed')
    })
    const inputs = groupQueryInputs(device)
    const before = device.live.size
    await expect(attention.groupQueryAttention(inputs, GROUPED)).rejects.toThrow('launch failed')
    expect(device.live.size).toBe(before)
  })

  it.each([
    ['on a device that does not make them', undefined, {}, 'keyLengths, pastSeqlens, causalOffset'],
    ['where they are no indices', FakeDevice.prototype.deriveIndices, { headSink: [4] }, 'sink'],
  ])('refuse the call %s', async (_name, deriveIndices, more, subject) => {
    const device = Object.assign(new FakeDevice(), { deriveIndices }) as FakeDevice
    const { attention } = await onDevice(undefined, device)
    const others = Object.entries(more).map(([name, shape]) => [
      name,
      device.empty(shape, 'float16'),
    ])
    const inputs = { ...halves(device, groupQueryInputs(device)), ...Object.fromEntries(others) }
    await expect(attention.groupQueryAttention(inputs, GROUPED)).rejects.toMatchObject({
      code: 'no-backend-supports',
      details: {
        reasons: [
          {
            backend: 'fake-cuda',
            code: 'not-supported-yet',
            subject,
            found: 'made of an input on the device',
          },
          { backend: 'reference', code: 'placement' },
        ],
      },
    })
  })
})

/** The same inputs in float16. */
function halves<I extends ReturnType<typeof groupQueryInputs>>(device: FakeDevice, inputs: I) {
  const converted = Object.entries(inputs).map(([name, input]) => {
    const isFloat = typeof input === 'object' && input.dtype === 'float32'
    return [name, isFloat ? device.empty(input.shape, 'float16') : input]
  })
  return Object.fromEntries(converted) as I
}
