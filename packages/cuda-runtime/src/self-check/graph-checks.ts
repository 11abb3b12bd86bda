import { tensor } from '@attnkit/core'
import type { CudaTensor } from '../memory/cuda-tensor.js'
import { counting, type DeviceCheck, expect, expectEqual, expectError } from './check.js'

const replay: DeviceCheck = {
  name: 'a graph runs what was captured, again and again, on any stream',
  run: async (device) => {
    using stream = device.createStream()
    using other = device.createStream()
    using source = device.upload(tensor(counting(1000), [1000]), { stream })
    using target = device.zeros([1000], 'float32', { stream })
    using graph = stream.capture(() => device.copy(target, source, { stream }))
    expect(graph.nodes === 1, () => `${graph.nodes} nodes`)
    expectEqual((await device.download(target, { stream })).data, new Float32Array(1000))
    graph.launch()
    expectEqual((await device.download(target, { stream })).data, counting(1000))
    await device.write(source, tensor(counting(1000, 5), [1000]), { stream })
    other.waitFor(stream)
    graph.launch(other)
    expectEqual((await device.download(target, { stream: other })).data, counting(1000, 5))
  },
}

const workspace: DeviceCheck = {
  name: 'a graph keeps memory that was allocated and freed in its capture',
  run: async (device) => {
    using stream = device.createStream()
    using source = device.upload(tensor(counting(1000), [1000]), { stream })
    let result: CudaTensor<'float32'> | undefined
    const graph = stream.capture(() => {
      using scratch = device.zeros([1000], 'float32', { stream })
      device.copy(scratch, source, { stream })
      result = device.empty([1000], 'float32', { stream })
      device.copy(result, scratch, { stream })
    })
    const others = Array.from({ length: 16 }, () => device.zeros([1000], 'float32', { stream }))
    for (let i = 0; i < 3; i++) graph.launch()
    expectEqual((await device.download(result!, { stream })).data, counting(1000))
    for (const made of others) {
      expectEqual((await device.download(made, { stream })).data, new Float32Array(1000))
      made.dispose()
    }
    graph.dispose()
    expectEqual((await device.download(result!, { stream })).data, counting(1000))
    result!.dispose()
    await expectError('disposed', () => graph.launch())
  },
}

const misuse: DeviceCheck = {
  name: 'a capture that fails leaves the stream as it was',
  run: async (device) => {
    using stream = device.createStream()
    const source = device.zeros([8], 'float32', { stream })
    await expectError('invalid-argument', () => stream.capture(async () => {}))
    await expectError('invalid-argument', () =>
      stream.capture(() => device.upload(tensor(counting(8), [8]), { stream })),
    )
    await expectError('invalid-argument', () => stream.capture(() => stream.capture(() => {})))
    using target = device.zeros([8], 'float32', { stream })
    using graph = stream.capture(() => device.copy(target, source, { stream }))
    source.dispose()
    await expectError('disposed', () => graph.launch())
    await stream.synchronize()
  },
}

const launchCost: DeviceCheck = {
  name: 'what a launch costs the caller',
  run: async (device) => {
    using stream = device.createStream()
    using target = device.empty([64], 'float32', { stream })
    const microseconds = async (launch: (round: number) => void) => {
      const rounds = 1000
      for (let i = 0; i < rounds; i++) launch(i)
      await stream.synchronize()
      const begin = performance.now()
      for (let i = 0; i < rounds; i++) launch(i)
      const each = ((performance.now() - begin) * 1e3) / rounds
      await stream.synchronize()
      return each.toFixed(1)
    }
    const kernel = await microseconds((i) => device.fillNormal(target, i, { stream }))
    const memory = await microseconds(() => device.empty([1024], 'uint8', { stream }).dispose())
    const synchronize = performance.now()
    for (let i = 0; i < 100; i++) await stream.synchronize()
    const wait = ((performance.now() - synchronize) * 10).toFixed(0)
    return `kernel ${kernel} µs, allocate and free ${memory} µs, synchronize ${wait} µs`
  },
}

export const GRAPH_CHECKS: readonly DeviceCheck[] = [replay, workspace, misuse, launchCost]
