import {
  compareTensors,
  createAttention,
  type DeviceTensor,
  type HostTensor,
  isTensor,
  reference,
  TOLERANCES,
  tensor,
  toFloat64,
} from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { ArenaDevice } from './arena-device.js'
import { halfFloats, halfZeros } from './half-floats.js'
import { simulatedBackend } from './simulated-backend.js'

type Inputs = Readonly<Record<string, HostTensor | number>>

const device = new ArenaDevice(2 ** 24)
const onDevice = await createAttention({ backends: [simulatedBackend(device)], environment: {} })
const onHost = await createAttention({ backends: [reference()], environment: {} })

type Call = readonly [
  operator: string,
  inputs: Inputs,
  attributes: Readonly<Record<string, number>>,
  outputs: Readonly<Record<string, boolean>>,
]

function upload(inputs: Inputs): Readonly<Record<string, DeviceTensor | number>> {
  const placed = Object.entries(inputs).map(([name, input]) => {
    return [name, isTensor(input) ? device.upload(input) : input]
  })
  return Object.fromEntries(placed)
}

/** Runs a call on device tensors and on the host, and compares their outputs. */
async function compare([operator, inputs, attributes, outputs]: Call): Promise<void> {
  const { decision, ...results } = await onDevice.call(operator, upload(inputs), attributes, {
    outputs,
  })
  const expected = await onHost.call(operator, inputs, attributes, { outputs })
  expect(decision.backend).toBe('simulated')
  const names = ['output', ...Object.keys(outputs)]
  for (const name of names) {
    const found = await device.download((results as Record<string, DeviceTensor>)[name]!)
    const wanted = toFloat64((expected as unknown as Record<string, HostTensor>)[name]!)
    expect(compareTensors(toFloat64(found), wanted, TOLERANCES.float16)).toMatchObject({ ok: true })
  }
}

const PRESENT = { presentKey: true, presentValue: true }
const GROUPED = { numHeads: 4, kvNumHeads: 2 }
const lengths = (...values: number[]) => tensor(Int32Array.from(values), [values.length])

// B 2, N 4, Nk 2, H 16.
const CALLS: readonly (readonly [name: string, ...Call])[] = [
  [
    'GroupQueryAttention of a prompt with padding',
    'GroupQueryAttention',
    {
      query: halfFloats(2, 6, 64),
      key: halfFloats(2, 6, 32),
      value: halfFloats(2, 6, 32),
      seqlensK: lengths(5, 2),
      totalSequenceLength: 6,
    },
    GROUPED,
    PRESENT,
  ],
  [
    'GroupQueryAttention of packed Q, K and V',
    'GroupQueryAttention',
    { query: halfFloats(2, 6, 128), seqlensK: lengths(5, 2), totalSequenceLength: 6 },
    GROUPED,
    PRESENT,
  ],
  [
    'GroupQueryAttention of packed Q, K and V behind a past',
    'GroupQueryAttention',
    {
      query: halfFloats(2, 1, 128),
      pastKey: halfFloats(2, 2, 9, 16),
      pastValue: halfFloats(2, 2, 9, 16),
      seqlensK: lengths(9, 4),
      totalSequenceLength: 10,
    },
    GROUPED,
    {},
  ],
  [
    'GroupQueryAttention of a cache without new keys',
    'GroupQueryAttention',
    {
      query: halfFloats(2, 2, 64),
      key: halfFloats(2, 0, 32),
      value: halfFloats(2, 0, 32),
      pastKey: halfFloats(2, 2, 9, 16),
      pastValue: halfFloats(2, 2, 9, 16),
      seqlensK: lengths(7, 4),
      totalSequenceLength: 8,
    },
    GROUPED,
    {},
  ],
  [
    'Attention of ONNX with a cache of which each sequence uses a part',
    'ai.onnx::Attention',
    {
      q: halfFloats(2, 4, 3, 16),
      k: halfFloats(2, 2, 9, 16),
      v: halfFloats(2, 2, 9, 24),
      nonpadKvSeqlen: tensor(BigInt64Array.of(9n, 4n), [2]),
    },
    { isCausal: 1 },
    {},
  ],
  [
    'Attention of ONNX with a past',
    'ai.onnx::Attention',
    {
      q: halfFloats(2, 4, 3, 16),
      k: halfFloats(2, 2, 3, 16),
      v: halfFloats(2, 2, 3, 24),
      pastKey: halfFloats(2, 2, 5, 16),
      pastValue: halfFloats(2, 2, 5, 24),
    },
    { isCausal: 1 },
    PRESENT,
  ],
]

describe('operators on device tensors', () => {
  it.each(CALLS)('%s', async (_name, ...call) => compare(call))

  it('GroupQueryAttention appends to a cache in place, token after token', async () => {
    const empty = () => halfZeros(2, 2, 8, 16)
    const [keys, values] = [device.upload(empty()), device.upload(empty())]
    let past = { pastKey: empty(), pastValue: empty() }
    for (let token = 0; token < 4; token++) {
      const inputs = {
        query: halfFloats(2, 1, 64),
        key: halfFloats(2, 1, 32),
        value: halfFloats(2, 1, 32),
        // The second sequence is two tokens ahead.
        seqlensK: lengths(token, token + 2),
        totalSequenceLength: token + 3,
      }
      const { output } = await onDevice.groupQueryAttention(
        { ...upload(inputs), pastKey: keys, pastValue: values } as never,
        GROUPED,
        { outputs: { presentKey: keys, presentValue: values } },
      )
      const expected = await onHost.groupQueryAttention({ ...inputs, ...past } as never, GROUPED, {
        outputs: PRESENT,
      })
      const found = await device.download(output as DeviceTensor)
      const wanted = toFloat64(expected.output as HostTensor)
      expect(compareTensors(toFloat64(found), wanted, TOLERANCES.float16).ok).toBe(true)
      past = { pastKey: expected.presentKey as never, pastValue: expected.presentValue as never }
      expect((await device.download(keys)).data).toEqual(past.pastKey.data)
      expect((await device.download(values)).data).toEqual(past.pastValue.data)
    }
  })
})
