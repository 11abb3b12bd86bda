import { setTimeout as sleep } from 'node:timers/promises'
import { type BoundProblem, emptyTensor, HOST, type HostTensor } from '@attnkit/core'
import { expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { hostTensor } from '../src/host-tensor.js'
import { describeNative } from './support/describe-native.js'
import { inHostTensors, randomCall, slowCall, withNewOutput } from './support/random-call.js'
import { sameBits } from './support/same-bits.js'

const backend = cpu({ threads: 2 })

function run(bound: BoundProblem<HostTensor>): Promise<void> {
  return backend.plan(bound.problem, HOST).execute(bound, 2)
}

async function expectedOutput(bound: BoundProblem<HostTensor>): Promise<Float32Array> {
  const copy = withNewOutput(bound)
  await run(copy)
  return copy.output.data as Float32Array
}

/** Takes the memory of an array away, as posting it to a worker would. */
function transfer(array: ArrayBufferView): ArrayBuffer {
  const buffer = array.buffer as ArrayBuffer
  return structuredClone(buffer, { transfer: [buffer] })
}

/** Versions of Node copy memory of native code instead of moving it, refuse to, or move it. */
function transferIfAllowed(array: ArrayBufferView): ArrayBuffer | undefined {
  try {
    return transfer(array)
  } catch (error) {
    expect(error).toMatchObject({ name: 'DataCloneError' })
    return undefined
  }
}

function garbage(): void {
  for (let i = 0; i < 20; i++) new Float32Array(1 << 18).fill(i)
  ;(globalThis as { gc?: () => void }).gc?.()
}

describeNative('memory during a call', () => {
  it('has read plain inputs when the call returns', async () => {
    const bound = slowCall(10)
    const expected = await expectedOutput(bound)
    const done = run(bound)
    for (const role of ['q', 'k', 'v'] as const) (bound[role].data as Float32Array).fill(Number.NaN)
    await done
    expect(sameBits(bound.output.data, expected)).toBe(true)
  })

  it('survives inputs that are transferred and collected', async () => {
    const bound = slowCall(10)
    const expected = await expectedOutput(bound)
    const { problem, output } = bound
    const done = run(bound)
    for (const role of ['q', 'k', 'v'] as const) transfer(bound[role].data)
    garbage()
    await done
    expect(problem.seqlenQ).toBeGreaterThan(0)
    expect(sameBits(output.data, expected)).toBe(true)
  })

  it('refuses an output that was transferred, and writes nothing to it', async () => {
    const bound = slowCall(10)
    const done = run(bound)
    const taken = transfer(bound.output.data)
    await expect(done).rejects.toMatchObject({ code: 'buffer-not-stable' })
    expect(new Float32Array(taken).every((x) => x === 0)).toBe(true)
  })

  it('writes to host tensors in place, though they are collected or their inputs change', async () => {
    const source = slowCall(10)
    const expected = await expectedOutput(source)
    let bound: BoundProblem<HostTensor> | undefined = inHostTensors(source)
    const { output } = bound
    const done = run(bound)
    bound = undefined
    for (let i = 0; i < 5; i++) {
      garbage()
      await sleep(5)
    }
    await done
    expect(sameBits(output.data, expected)).toBe(true)
  })

  it('writes to a host tensor whose memory moves to another buffer', async () => {
    const source = slowCall(10)
    const expected = await expectedOutput(source)
    const bound = inHostTensors(source)
    const done = run(bound)
    const taken = transferIfAllowed(bound.output.data)
    await done
    const written = bound.output.data.length > 0 ? bound.output.data : new Float32Array(taken!)
    expect(sameBits(written, expected)).toBe(true)
  })

  it('gives the memory of host tensors back', async () => {
    const bytes = 16 << 20
    for (let i = 0; i < 60; i++) {
      hostTensor([bytes / 4], 'float32')
      await sleep(1)
    }
    garbage()
    await sleep(20)
    expect(process.memoryUsage().rss).toBeLessThan(60 * bytes)
  })

  it('leaves what lies between the rows of an output as it is', async () => {
    const sizes = { batch: 2, seqlenQ: 700, numHeads: 4, headDim: 64 }
    const output = { offset: 7, batchStride: 700 * 400, seqStride: 400, headStride: 70 }
    const bound = randomCall({ ...sizes, output })
    const data = bound.output.data as Float32Array
    data.fill(42)
    await run(bound)
    const touched = data.reduce((count, x) => count + Number(x !== 42), 0)
    expect(touched).toBe(2 * 700 * 4 * 64)
  })

  it('keeps what is written beside the new rows of a cache during the call', async () => {
    const bound = randomCall({
      batch: 1,
      seqlenQ: 512,
      seqlenK: 1024,
      numHeads: 8,
      headDim: 64,
      past: { seqlen: 512, bufferLength: 2048 },
      present: true,
    })
    const shared = { ...bound, presentKey: bound.pastKey!, presentValue: bound.pastValue! }
    const keys = shared.presentKey.data as Float32Array
    const done = run(shared)
    keys[0] = 7
    keys[2047 * 64] = 8
    await done
    expect([keys[0], keys[2047 * 64]]).toEqual([7, 8])
    expect(keys[512 * 64]).toBe((bound.k.data as Float32Array)[0])
  })
})

describeNative('memory that is refused', () => {
  const sizes = { batch: 1, seqlenQ: 4, numHeads: 1, headDim: 4 }

  function withQuery(data: Float32Array): BoundProblem<HostTensor> {
    const bound = randomCall(sizes)
    return { ...bound, q: { ...bound.q, data } as HostTensor }
  }

  it('refuses shared, resizable and detached buffers', async () => {
    const detached = new Float32Array(16)
    transfer(detached)
    const resizable = new (ArrayBuffer as new (n: number, o: object) => ArrayBuffer)(64, {
      maxByteLength: 128,
    })
    const shared = new Float32Array(new SharedArrayBuffer(64)) as unknown as Float32Array
    for (const data of [detached, new Float32Array(resizable), shared]) {
      await expect(run(withQuery(data))).rejects.toMatchObject({ code: 'buffer-not-stable' })
    }
  })

  it('refuses tensors that are too small for the strides, and arrays of another type', async () => {
    await expect(run(withQuery(new Float32Array(15)))).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining('q has 15 elements, required are 16'),
    })
    const wrong = new Float64Array(16) as unknown as Float32Array
    await expect(run(withQuery(wrong))).rejects.toMatchObject({ code: 'invalid-argument' })
    const bound = randomCall(sizes)
    const far = { ...bound.problem, k: { ...bound.problem.k, seqStride: 2 ** 52 } }
    await expect(run({ ...bound, problem: far })).rejects.toMatchObject({
      code: 'invalid-argument',
    })
  })

  it('keeps inside the tensors whatever index tensors say', async () => {
    const bound = randomCall({ ...sizes, batch: 3, layout: 'tnh' })
    const wild = Int32Array.from([-5, 2 ** 31 - 1, -(2 ** 31), 7])
    const starts = { ...emptyTensor([4], 'int32'), data: wild } as HostTensor
    await run({ ...bound, cuSeqlensQ: starts, cuSeqlensK: starts })
    const masked = randomCall({ ...sizes, batch: 4, mask: { kind: 'lengths' } })
    await run({ ...masked, mask: starts })
    expect((masked.output.data as Float32Array).every((x) => Number.isFinite(x))).toBe(true)
  })
})
