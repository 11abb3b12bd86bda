import { tensor } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import type { CudaStream } from '../stream/cuda-stream.js'
import { type DeviceCheck, expect, expectEqual, expectError } from './check.js'

function ones(device: CudaDevice, stream: CudaStream, count: number): CudaTensor<'int32'> {
  return device.upload(tensor(new Int32Array(count).fill(1), [count]), { stream })
}

async function expectZeros(counters: CudaTensor<'int32'>, stream: CudaStream): Promise<void> {
  const { data } = await stream.device.download(counters, { stream })
  expectEqual(data, new Int32Array(data.length))
}

const standing: DeviceCheck = {
  name: 'a stream has counters: zeros, the same ones again, and more when asked',
  run: async (device) => {
    const { live } = device.memory()
    const stream = device.createStream()
    const first = stream.counters(3)
    await expectZeros(first, stream)
    expect(stream.counters(first.shape[0]!) === first, () => 'others at the second call')
    using other = device.createStream()
    expect(other.counters(3).pointer !== first.pointer, () => 'those of another stream')
    const more = stream.counters(5000)
    expect(more.shape[0]! >= 5000, () => `${more.shape[0]} instead of 5000`)
    await expectZeros(more, stream)
    expect(first.disposed, () => 'those that were too few are kept')
    await expectError('invalid-argument', () => stream.counters(Number.NaN))
    stream.dispose()
    other.dispose()
    await expectError('disposed', () => stream.counters(1))
    const left = device.memory().live - live
    expect(left === 0, () => `${left} bytes more are live`)
  },
}

const captured: DeviceCheck = {
  name: 'a capture has counters of its own, which each launch of the graph finds to be zeros',
  run: async (device) => {
    using stream = device.createStream()
    const own = stream.counters(1)
    const count = own.shape[0]!
    using dirt = ones(device, stream, count)
    using seen = ones(device, stream, count)
    let counters: CudaTensor<'int32'> | undefined
    const { live } = device.memory()
    const graph = stream.capture(() => {
      counters = stream.counters(1)
      expect(stream.counters(count) === counters, () => 'others at the second call')
      device.copy(seen, counters, { stream })
      device.copy(counters, dirt, { stream })
      stream.counters(2 * count)
    })
    expect(counters !== own, () => 'the own counters of the stream')
    await expectError('disposed', () => counters?.pointer)
    for (let i = 0; i < 2; i++) {
      graph.launch()
      await expectZeros(seen, stream)
    }
    expect(stream.counters(1) === own, () => 'those of the capture after it')
    await expectZeros(own, stream)
    graph.dispose()
    const left = device.memory().live - live
    expect(left === 0, () => `${left} bytes more are live`)
  },
}

const cheap: DeviceCheck = {
  name: 'counters that are there already cost well under a microsecond',
  run: async (device) => {
    using stream = device.createStream()
    const rounds = 200_000
    let sum = 0n
    for (let i = 0; i < rounds; i++) sum += stream.counters(64).pointer
    const begin = performance.now()
    for (let i = 0; i < rounds; i++) sum -= stream.counters(64).pointer
    const nanoseconds = ((performance.now() - begin) * 1e6) / rounds
    expect(sum === 0n, () => 'the counters have moved')
    expect(nanoseconds < 500, () => `${nanoseconds.toFixed(0)} ns`)
    return `${nanoseconds.toFixed(0)} ns`
  },
}

export const COUNTER_CHECKS: readonly DeviceCheck[] = [standing, captured, cheap]
