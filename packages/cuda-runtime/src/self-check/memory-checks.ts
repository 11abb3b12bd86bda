import { emptyTensor, tensor } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import {
  counting,
  type DeviceCheck,
  expect,
  expectEqual,
  expectError,
  expectPoolUsed,
} from './check.js'

/** Nothing, one element, a command's own data, one block, several blocks of staging memory. */
const SIZES = [0, 1, 1000, 20_000, 1_000_000, 9_000_000]

async function roundTrip(device: CudaDevice, count: number): Promise<void> {
  const values = counting(count, count)
  using uploaded = device.upload(tensor(values, [count]))
  const expected = values.slice()
  values.fill(-1)
  const { data } = await device.download(uploaded)
  expectEqual(data, expected)
}

const roundTrips: DeviceCheck = {
  name: 'upload reads the host during the call, download brings the same back',
  run: async (device) => {
    for (const count of SIZES) await roundTrip(device, count)
    await Promise.all(SIZES.map((count) => roundTrip(device, count)))
  },
}

const zeros: DeviceCheck = {
  name: 'zeros, also in memory that was used before',
  run: async (device) => {
    const shape = [3, 1000, 7]
    device.upload(tensor(counting(21_000, 1), shape)).dispose()
    using made = device.zeros(shape, 'float32')
    const { data } = await device.download(made)
    expectEqual(data, new Float32Array(21_000))
  },
}

const into: DeviceCheck = {
  name: 'download into a host tensor and into pinned memory',
  run: async (device) => {
    const values = counting(50_000)
    using uploaded = device.upload(tensor(values, [50_000]))
    for (const target of [emptyTensor([50_000], 'float32'), device.pinned([50_000], 'float32')]) {
      const result = await device.download(uploaded, { into: target })
      expect(result === target, () => 'another tensor came back')
      expectEqual(target.data, values)
    }
    const wrong = emptyTensor([49_999], 'float32')
    await expectError('invalid-argument', () => device.download(uploaded, { into: wrong }))
  },
}

const write: DeviceCheck = {
  name: 'write from pinned and other memory, copy on the device',
  run: async (device) => {
    using first = device.empty([30_000], 'float32')
    using second = device.zeros([30_000], 'float32')
    const pinned = device.pinned([30_000], 'float32')
    for (const source of [pinned, emptyTensor([30_000], 'float32')]) {
      source.data.set(counting(30_000, source === pinned ? 7 : 9))
      await device.write(first, source)
      device.copy(second, first)
      const { data } = await device.download(second)
      expectEqual(data, source.data)
    }
  },
}

const outOfMemory: DeviceCheck = {
  name: 'out of memory is an error that names what is live, and nothing is lost by it',
  run: async (device) => {
    using held = device.empty([1234, 1000], 'float32')
    const message = await expectError('out-of-memory', () => device.empty([2 ** 44], 'uint8'))
    expect(message.includes('float32 (1234, 1000)'), () => message)
    device.fillNormal(held, 1)
    await device.synchronize()
    return message
  },
}

const disposal: DeviceCheck = {
  name: 'use after dispose is an error, a second dispose is none',
  run: async (device) => {
    const made = device.zeros([10], 'float32')
    made.dispose()
    made.dispose()
    expect(made.disposed, () => 'not marked as disposed')
    await expectError('disposed', () => made.pointer)
    await expectError('disposed', () => device.download(made))
    await expectError('disposed', () => device.defaultStream.use(made))
    await expectError('disposed', () => device.fillNormal(made, 1))
  },
}

const poolReturns: DeviceCheck = {
  name: 'disposed memory goes back to the pool',
  run: async (device) => {
    await device.synchronize()
    const before = device.memory()
    for (let i = 0; i < 300; i++) device.zeros([16, 1 << 20], 'uint8').dispose()
    const { live } = device.memory()
    expect(live === before.live, () => `${live} instead of ${before.live} bytes live`)
    await expectPoolUsed(device, before.poolUsed)
  },
}

const external: DeviceCheck = {
  name: 'external memory is checked, used and not freed',
  run: async (device) => {
    const values = counting(5000)
    using own = device.upload(tensor(values, [5000]))
    const shape = [50, 100]
    const options = { owner: own, dtype: 'float32', shape } as const
    const outside = device.external(own.pointer, 20_000, options)
    const { data } = await device.download(outside)
    expectEqual(data, values)
    outside.dispose()
    await device.synchronize()
    expectEqual((await device.download(own)).data, values)
    const far = 2 ** 45
    await expectError('invalid-argument', () => device.external(own.pointer, far, { owner: own }))
    await expectError('invalid-argument', () => device.external(4096n, 16, { owner: own }))
  },
}

export const MEMORY_CHECKS: readonly DeviceCheck[] = [
  roundTrips,
  zeros,
  into,
  write,
  outOfMemory,
  disposal,
  poolReturns,
  external,
]
