import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Worker } from 'node:worker_threads'
import type { CudaDevice } from '../cuda-device.js'
import { type DeviceCheck, expect, expectPoolUsed } from './check.js'

/** The garbage collector, which Node shows only on request. */
function collector(): () => void {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc') as () => void
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

function dropTensors(device: CudaDevice, count: number): void {
  for (let i = 0; i < count; i++) device.zeros([1 << 20], 'float32')
}

function dropStreams(device: CudaDevice, count: number): void {
  for (let i = 0; i < count; i++) {
    const stream = device.createStream()
    device.externalStream(stream.handle, { owner: stream }).counters(1)
    stream.counters(1)
  }
}

/** Throws when memory that `drop` leaves to the collector is not freed by it. */
async function expectCollected(device: CudaDevice, drop: () => void): Promise<void> {
  const collect = collector()
  await device.synchronize()
  const before = device.memory()
  drop()
  for (let i = 0; i < 20 && device.memory().live > before.live; i++) {
    collect()
    await pause(20)
  }
  const left = device.memory().live - before.live
  expect(left <= 0, () => `${left} bytes are still live`)
  await expectPoolUsed(device, before.poolUsed)
}

const finaliser: DeviceCheck = {
  name: 'tensors that nobody disposed are freed when they are collected',
  run: (device) => expectCollected(device, () => dropTensors(device, 50)),
}

const streamFinaliser: DeviceCheck = {
  name: 'streams that nobody disposed are collected, and their counters freed',
  run: (device) => expectCollected(device, () => dropStreams(device, 8)),
}

/** Allocates, uploads and downloads until it is terminated. It loads nothing but the addon. */
const WORKER = `
const { workerData: { path, device } } = require('node:worker_threads')
const addon = require(path)
let results
const next = (status) => {
  if (status) throw new Error(status.message)
  for (let i = 0; i < 20; i++) {
    addon.allocate(device, 1 << 20, stream)
    const memory = results[0]
    addon.upload(device, memory, values, stream)
    if (i > 0) addon.release(device, memory, stream)
  }
  const failed = addon.download(device, last, values.byteLength, stream)
  if (failed) throw new Error(failed.message)
}
results = addon.start((id, status) => next(status))
addon.createStream(device)
const stream = results[0]
addon.allocate(device, 1 << 20, stream)
const last = results[0]
const values = new Float32Array(1 << 18)
next()
`

/** One worker's life; how long its end took, in ms. */
async function terminateAWorker(path: string, device: number, after: number): Promise<number> {
  const worker = new Worker(WORKER, {
    eval: true,
    execArgv: [],
    workerData: { path, device },
  })
  let failure: unknown
  worker.on('error', (error) => {
    failure = error
  })
  await new Promise((resolve) => worker.once('online', resolve))
  await pause(after)
  const begin = performance.now()
  await worker.terminate()
  expect(failure === undefined, () => `a worker failed: ${String(failure)}`)
  return performance.now() - begin
}

const workers: DeviceCheck = {
  name: 'workers are terminated at any moment, and their memory comes back',
  run: async (device) => {
    const { path } = device.native
    await device.synchronize()
    const before = device.memory()
    let longest = 0
    for (let round = 0; round < 40; round++) {
      const after = (round * 7) % 40
      longest = Math.max(longest, await terminateAWorker(path, device.index, after))
    }
    await expectPoolUsed(device, before.poolUsed)
    expect(longest < 500, () => `a terminate took ${longest.toFixed(0)} ms`)
    return `longest terminate ${longest.toFixed(0)} ms`
  },
}

export const LIFETIME_CHECKS: readonly DeviceCheck[] = [finaliser, streamFinaliser, workers]
