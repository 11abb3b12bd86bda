import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import { tensor } from '../src/tensor/host-tensor.js'
import { fakeCuda } from './fakes/fake-backend.js'
import { FakeDevice } from './fakes/fake-device.js'
import { ints } from './support/describe-rules.js'

async function onDevice() {
  const device = new FakeDevice()
  const gpu = fakeCuda([device])
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
