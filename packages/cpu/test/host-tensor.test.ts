import { DTYPES, type Dtype, dtypeBytes, HOST, isTensor } from '@attnkit/core'
import { expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { hostTensor } from '../src/host-tensor.js'
import { loadCpuAddon } from '../src/load-cpu-addon.js'
import { describeNative } from './support/describe-native.js'
import { inHostTensors, randomCall } from './support/random-call.js'

function liveBytes(): number {
  const cpu = loadCpuAddon()
  return cpu.status === 'loaded' ? cpu.addon.liveBytes() : 0
}

describeNative('hostTensor', () => {
  it.each(DTYPES)('makes zeros of %s that native code owns', (dtype: Dtype) => {
    const before = liveBytes()
    const made = hostTensor([2, 3, 5], dtype)
    expect(isTensor(made)).toBe(true)
    expect(made).toMatchObject({ dtype, shape: [2, 3, 5], location: 'host' })
    expect([...made.data].every((x) => Number(x) === 0)).toBe(true)
    expect(made.data.length).toBe(30)
    expect(liveBytes() - before).toBe(30 * dtypeBytes(dtype))
  })

  it('tells the engine how much memory it holds', () => {
    const before = process.memoryUsage().external
    const made = hostTensor([1 << 20], 'float32')
    expect(process.memoryUsage().external - before).toBeGreaterThan(0.9 * made.data.byteLength)
  })

  it('refuses wrong shapes and dtypes, and more memory than there is', () => {
    expect(() => hostTensor([-1], 'float32')).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
    expect(() => hostTensor([1], 'float8' as Dtype)).toThrow(
      expect.objectContaining({ code: 'invalid-argument' }),
    )
    expect(() => hostTensor([2 ** 46], 'float32')).toThrow(
      expect.objectContaining({ code: 'out-of-memory' }),
    )
  })

  it('holds empty tensors', () => {
    expect(hostTensor([0, 4], 'float32').data.length).toBe(0)
  })

  it('gives the results that plain tensors give', async () => {
    const options = {
      batch: 2,
      seqlenQ: 150,
      numHeads: 4,
      numHeadsKv: 2,
      headDim: 48,
      causal: true,
    }
    const plain = randomCall(options)
    const held = inHostTensors(plain)
    for (const bound of [plain, held]) {
      await cpu().plan(bound.problem, HOST).execute(bound, 2)
    }
    expect(held.output.data).toEqual(plain.output.data)
  })
})
