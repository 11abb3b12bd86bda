import { tensor } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import type { CudaStream } from '../stream/cuda-stream.js'
import { counting, type DeviceCheck, expect, expectEqual, expectError } from './check.js'

const COUNT = 1 << 22

/** Some milliseconds of work, in few enough launches that none has to wait for a place in the queue. */
function keepBusy(device: CudaDevice, stream: CudaStream, rounds = 200, count = 1 << 24): void {
  using scratch = device.empty([count], 'float32', { stream })
  for (let i = 0; i < rounds; i++) device.fillNormal(scratch, i, { stream })
}

const ordering: DeviceCheck = {
  name: 'an event makes one stream wait for another',
  run: async (device) => {
    using writer = device.createStream()
    using reader = device.createStream()
    using source = device.zeros([COUNT], 'float32', { stream: writer })
    using target = device.zeros([COUNT], 'float32', { stream: reader })
    using values = device.upload(tensor(counting(COUNT), [COUNT]), { stream: writer })
    keepBusy(device, writer)
    device.copy(source, values, { stream: writer })
    using written = writer.record()
    reader.wait(written)
    device.copy(target, source, { stream: reader })
    expectEqual((await device.download(target, { stream: reader })).data, counting(COUNT))
    expect(written.happened, () => 'the event has not happened')
  },
}

const timing: DeviceCheck = {
  name: 'events measure time, and refuse before they have happened',
  run: async (device) => {
    const stream = device.defaultStream
    using start = device.createEvent()
    using end = device.createEvent()
    await expectError('invalid-argument', () => start.elapsedMs(end))
    start.record(stream)
    keepBusy(device, stream)
    end.record(stream)
    await expectError('invalid-argument', () => start.elapsedMs(end))
    await end.synchronize()
    const elapsed = start.elapsedMs(end)
    expect(elapsed > 0.1 && elapsed < 10_000, () => `${elapsed} ms`)
    return `${elapsed.toFixed(2)} ms`
  },
}

const freeWaits: DeviceCheck = {
  name: 'freed memory is not used again before every stream that uses it is done',
  run: async (device) => {
    using reader = device.createStream()
    using target = device.zeros([COUNT], 'float32', { stream: reader })
    const source = device.upload(tensor(counting(COUNT), [COUNT]))
    reader.waitFor(device.defaultStream)
    keepBusy(device, reader)
    device.copy(target, source, { stream: reader })
    source.dispose()
    const again = Array.from({ length: 8 }, () => device.zeros([COUNT], 'float32'))
    expectEqual((await device.download(target, { stream: reader })).data, counting(COUNT))
    for (const made of again) made.dispose()
  },
}

const disposedStream: DeviceCheck = {
  name: 'memory of a stream that is gone is freed in order',
  run: async (device) => {
    const stream = device.createStream()
    const made = device.upload(tensor(counting(COUNT), [COUNT]), { stream })
    using target = device.empty([COUNT], 'float32', { stream })
    keepBusy(device, stream)
    device.copy(target, made, { stream })
    stream.dispose()
    made.dispose()
    await expectError('disposed', () => stream.handle)
    device.defaultStream.waitFor(stream)
    expectEqual((await device.download(target)).data, counting(COUNT))
  },
}

const externalStream: DeviceCheck = {
  name: 'a stream of another library serves as well as one of ours',
  run: async (device) => {
    using own = device.createStream()
    using stream = device.externalStream(own.handle, { owner: own })
    using made = device.upload(tensor(counting(1000), [1000]), { stream })
    expectEqual((await device.download(made, { stream })).data, counting(1000))
  },
}

/** The longest time that the event loop stood still while `wait` was awaited, in ms. */
async function longestPause(wait: Promise<void>): Promise<number> {
  let longest = 0
  let last = performance.now()
  const ticking = setInterval(() => {
    const now = performance.now()
    longest = Math.max(longest, now - last)
    last = now
  }, 1)
  await wait
  clearInterval(ticking)
  return longest
}

const eventLoop: DeviceCheck = {
  name: 'the event loop is free while the device works',
  run: async (device) => {
    const begin = performance.now()
    keepBusy(device, device.defaultStream, 500, 1 << 28)
    const enqueued = performance.now()
    using values = device.empty([1 << 24], 'float32')
    const [pause] = await Promise.all([
      longestPause(device.defaultStream.synchronize()),
      device.download(values),
    ])
    const total = performance.now() - enqueued
    expect(pause < 50, () => `it stood still for ${pause.toFixed(1)} ms`)
    return `longest pause ${pause.toFixed(1)} of ${total.toFixed(0)} ms, after ${(enqueued - begin).toFixed(0)} ms of enqueueing`
  },
}

const useIsCheap: DeviceCheck = {
  name: 'stream.use() of four tensors takes well under a microsecond',
  run: async (device) => {
    using stream = device.createStream()
    const tensors = Array.from({ length: 4 }, () => device.empty([16], 'float16'))
    const rounds = 200_000
    for (let i = 0; i < rounds; i++) stream.use(...tensors)
    const begin = performance.now()
    for (let i = 0; i < rounds; i++) stream.use(...tensors)
    const nanoseconds = ((performance.now() - begin) * 1e6) / rounds
    for (const made of tensors) made.dispose()
    expect(nanoseconds < 1000, () => `${nanoseconds.toFixed(0)} ns`)
    return `${nanoseconds.toFixed(0)} ns`
  },
}

export const STREAM_CHECKS: readonly DeviceCheck[] = [
  ordering,
  timing,
  freeWaits,
  disposedStream,
  externalStream,
  eventLoop,
  useIsCheap,
]
