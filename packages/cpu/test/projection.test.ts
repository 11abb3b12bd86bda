import { setTimeout as sleep } from 'node:timers/promises'
import { emptyTensor, type HostTensor, isAttentionError, type Projection } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import type { CpuAddon } from '../src/cpu-addon.js'
import { hostTensor } from '../src/host-tensor.js'
import { loadCpuAddon } from '../src/load-cpu-addon.js'
import { callNative } from '../src/native-error.js'
import { describeNative } from './support/describe-native.js'
import { inNativeMemory, randomFactors } from './support/random-factors.js'
import { sameBits } from './support/same-bits.js'

// Long enough to run while JavaScript goes on.
const LONG: Projection = { dtype: 'float32', tokens: 600, inputWidth: 512, width: 1500 }
const SHORT: Projection = { dtype: 'float32', tokens: 4, inputWidth: 8, width: 6 }
const ROLES = ['input', 'weights'] as const

const backend = cpu({ threads: 2 })

function run(projection: Projection, factors: { input: HostTensor; weights: HostTensor }) {
  return backend.project!(projection, factors, 2)
}

function nativeFactors(projection: Projection) {
  return inNativeMemory(randomFactors(projection, new Random(1)))
}

function transfer(array: ArrayBufferView): void {
  const buffer = array.buffer as ArrayBuffer
  structuredClone(buffer, { transfer: [buffer] })
}

function garbage(): void {
  for (let i = 0; i < 20; i++) new Float32Array(1 << 18).fill(i)
  ;(globalThis as { gc?: () => void }).gc?.()
}

describeNative('memory of a projection', () => {
  it('has read plain factors when the call returns', async () => {
    const expected = await run(LONG, randomFactors(LONG, new Random(1)))
    const factors = randomFactors(LONG, new Random(1))
    const product = run(LONG, factors)
    for (const role of ROLES) (factors[role].data as Float32Array).fill(Number.NaN)
    for (const role of ROLES) transfer(factors[role].data)
    garbage()
    expect(sameBits((await product).data, expected.data)).toBe(true)
  })

  it('reads factors of native memory though they are collected', async () => {
    const expected = await run(LONG, randomFactors(LONG, new Random(1)))
    const product = run(LONG, nativeFactors(LONG))
    for (let i = 0; i < 3; i++) {
      garbage()
      await sleep(2)
    }
    expect(sameBits((await product).data, expected.data)).toBe(true)
  })

  it('keeps a product that nobody gave back', async () => {
    const factors = nativeFactors(LONG)
    const kept = await run(LONG, factors)
    const before = kept.data.slice()
    for (let i = 0; i < 10; i++) {
      factors.input.data.fill(i as never)
      await run(LONG, factors)
      garbage()
    }
    expect(sameBits(kept.data, before)).toBe(true)
  })

  it('uses a product that was given back again, for one at a time', async () => {
    const factors = randomFactors(LONG, new Random(1))
    const first = await run(LONG, factors)
    const expected = first.data.slice()
    first.data.fill(Number.NaN as never)
    backend.recycle!(first)
    const [second, third] = await Promise.all([run(LONG, factors), run(LONG, factors)])
    expect(second.data.buffer).toBe(first.data.buffer)
    expect(third.data.buffer).not.toBe(first.data.buffer)
    for (const { data } of [second, third]) expect(sameBits(data, expected)).toBe(true)
    const smaller = { ...LONG, tokens: 300 }
    backend.recycle!(second)
    const half = await run(smaller, randomFactors(smaller, new Random(1)))
    expect(half.data.buffer).toBe(first.data.buffer)
    expect(half).toMatchObject({ shape: [300, 1500] })
  })

  it('does not use a product again that was transferred', async () => {
    const factors = randomFactors(LONG, new Random(1))
    const product = await run(LONG, factors)
    const expected = product.data.slice()
    backend.recycle!(product)
    try {
      transfer(product.data)
    } catch (error) {
      // Some versions of Node refuse to transfer memory of native code.
      expect(error).toMatchObject({ name: 'DataCloneError' })
    }
    const none = { ...LONG, tokens: 0 }
    expect((await run(none, randomFactors(none, new Random(1)))).data).toHaveLength(0)
    expect(sameBits((await run(LONG, factors)).data, expected)).toBe(true)
  })

  it('does not use memory of JavaScript as a product', async () => {
    const factors = randomFactors(LONG, new Random(1))
    const plain = emptyTensor([600, 1500], 'float32')
    backend.recycle!(plain)
    expect((await run(LONG, factors)).data.buffer).not.toBe(plain.data.buffer)
    expect(backend.readsInPlace!(plain)).toBe(false)
    expect(backend.readsInPlace!(hostTensor([2, 3], 'float32'))).toBe(true)
  })

  it('many at once give the same as one by one', async () => {
    const factors = randomFactors(LONG, new Random(1))
    const expected = await run(LONG, factors)
    const products = await Promise.all(Array.from({ length: 8 }, () => run(LONG, factors)))
    for (const { data } of products) expect(sameBits(data, expected.data)).toBe(true)
  })
})

describeNative('a long projection', () => {
  it('leaves JavaScript to go on', async () => {
    const projection = { ...LONG, tokens: 2000 }
    const factors = nativeFactors(projection)
    const times: { call: number; whole: number }[] = []
    for (let i = 0; i < 8; i++) {
      const start = performance.now()
      const product = run(projection, factors)
      const call = performance.now() - start
      await product
      times.push({ call, whole: performance.now() - start })
    }
    const least = (kind: 'call' | 'whole') => Math.min(...times.map((time) => time[kind]))
    expect(least('call')).toBeLessThan(least('whole') / 5)
  })
})

describeNative('factors that are refused', () => {
  it.each(ROLES)('shared, resizable and detached buffers as %s', async (role) => {
    const factors = randomFactors(SHORT, new Random(1))
    const { byteLength } = factors[role].data
    const detached = new Float32Array(byteLength / 4)
    transfer(detached)
    const resizable = new (ArrayBuffer as new (n: number, o: object) => ArrayBuffer)(byteLength, {
      maxByteLength: 2 * byteLength,
    })
    const shared = new Float32Array(new SharedArrayBuffer(byteLength))
    for (const data of [detached, new Float32Array(resizable), shared]) {
      const wrong = { ...factors, [role]: { ...factors[role], data } as HostTensor }
      await expect(run(SHORT, wrong)).rejects.toMatchObject({ code: 'buffer-not-stable' })
    }
  })

  it.each(ROLES)('arrays as %s that are too short, or of another type', async (role) => {
    const factors = randomFactors(SHORT, new Random(1))
    const required = factors[role].data.length
    const short = { ...factors[role], data: new Float32Array(required - 1) } as HostTensor
    await expect(run(SHORT, { ...factors, [role]: short })).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(
        `${role} has ${required - 1} elements, required are ${required}`,
      ),
    })
    const data = new Float64Array(required)
    const other = { ...factors[role], data } as unknown as HostTensor
    await expect(run(SHORT, { ...factors, [role]: other })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('float64, which the reference computes', async () => {
    const factors = randomFactors({ ...SHORT, dtype: 'float64' }, new Random(1))
    await expect(run({ ...SHORT, dtype: 'float64' }, factors)).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('malformed native calls end in a result or a typed error', async () => {
    const cpu = loadCpuAddon()
    if (cpu.status === 'unavailable') throw new Error('the native part is gone')
    const random = new Random(5)
    const seen = new Map<string, number>()
    for (let i = 0; i < 5000; i++) {
      const outcome = await callMutated(cpu.addon, random)
      seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
    }
    expect([...seen.keys()].sort()).toEqual(['invalid-argument', 'ran'])
    for (const count of seen.values()) expect(count).toBeGreaterThan(500)
  })
})

const WRONG = [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, 2 ** 53, 2 ** 62]

/** What came of a call with one thing changed in its sizes or its arrays. */
async function callMutated(addon: CpuAddon, random: Random): Promise<string> {
  const sizes = Array.from({ length: 4 }, (_, i) => random.integer(0, i === 0 ? 2 : 40))
  const [dtype, tokens, inputWidth, width] = sizes as [number, number, number, number]
  const arrays = [tokens * inputWidth, inputWidth * width, tokens * width].map((count) =>
    dtype === 0 ? new Float32Array(count) : new Uint16Array(count),
  )
  const at = random.integer(0, 3)
  const change = random.integer(0, 3)
  if (change === 0) sizes[at] = random.pick(WRONG)
  else if (change === 1) sizes[at]! += random.integer(-5, 5)
  else if (change === 2) arrays[at % 3] = arrays[at % 3]!.slice(1)
  const [input, weights, product] = arrays as [Float32Array, Float32Array, Float32Array]
  try {
    await new Promise<void>((resolve, reject) => {
      const done = (code?: string) => (code === undefined ? resolve() : reject(new Error(code)))
      const call = () => addon.project(Float64Array.from(sizes), input, weights, product, 2, done)
      if (callNative('fuzz', call)) resolve()
    })
    return 'ran'
  } catch (error) {
    if (!isAttentionError(error)) throw error
    return error.code
  }
}
