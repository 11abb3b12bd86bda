import { beforeAll, describe, expect, it } from 'vitest'
import type { SelfCheckResult } from '../src/self-check/self-check.js'
import { buildFake, FAKE_DIRECTORY, fakeMissing } from './fake-cuda/build-fake.js'
import { runModule } from './run-module.js'

const missing = fakeMissing()
const MODULE = new URL('../dist/index.js', import.meta.url).href
const FAKE = { ATTNKIT_NATIVE_DIR: FAKE_DIRECTORY }
const OPEN = `const { devices: [device, second] } = await runtime.cudaRuntime()
const failure = async (run) => { try { await run() } catch ({ code, message, details }) { return { code, message, details } } }
`

describe.skipIf(missing)(`on a stand-in for CUDA ${missing && `(skipped: ${missing})`}`, () => {
  beforeAll(buildFake, 300_000)

  it('everything that the self-check of a device asks holds', async () => {
    const code = `${OPEN} result = await runtime.selfCheck(device)`
    const results = (await runModule(code, FAKE)) as SelfCheckResult[]
    expect(results.length).toBeGreaterThan(20)
    const failed = results.filter(({ status }) => status !== 'passed')
    // How long the event loop stands still depends on what else the machine does.
    expect(failed.filter(({ detail }) => !detail?.startsWith('it stood still'))).toEqual([])
  }, 300_000)

  it('device-unsupported: a device older than any code here', async () => {
    const code = 'result = (await runtime.cudaRuntime()).reason'
    expect(await runModule(code, { ...FAKE, FAKE_CUDA_MAJOR: '7' })).toMatchObject({
      code: 'device-unsupported',
      found: 'fake device (7.0), fake device (7.0)',
      required: '8.0 or higher',
    })
  })

  it('a tensor of another device, a wrong stream and wrong shapes are typed errors', async () => {
    const code = `${OPEN}
const there = second.zeros([4], 'float32')
const here = device.zeros([4], 'float32')
result = await Promise.all([
  failure(() => device.download(there)),
  failure(() => device.copy(here, there)),
  failure(() => device.zeros([4], 'float32', { stream: second.defaultStream })),
  failure(() => device.empty([-1], 'float32')),
  failure(() => device.empty([2], 'float31')),
  failure(() => device.empty([2 ** 52, 4], 'float32')),
  failure(() => device.upload(here)),
  failure(() => device.upload({})),
  failure(() => device.fillNormal(device.zeros([2], 'int32'), 1)),
  failure(() => device.external(0n, 4, { owner: 1 })),
  failure(() => device.externalStream(-4n, { owner: 1 })),
  failure(() => device.defaultStream.use({})),
])`
    const failures = (await runModule(code, FAKE)) as { code: string; details: object }[]
    expect(failures.map(({ code }) => code)).toEqual(failures.map(() => 'invalid-argument'))
    expect(failures[1]).toMatchObject({
      details: { faults: [{ path: 'source', found: 'cuda:1', required: 'cuda:0' }] },
    })
  })

  it('memory that could go away is refused', async () => {
    const code = `${OPEN}
const shared = { ...device.pinned([1], 'float32'), data: new Float32Array(new SharedArrayBuffer(4)) }
const gone = device.pinned([1], 'float32')
const detached = { ...gone, data: new Float32Array(1) }
structuredClone(detached.data.buffer, { transfer: [detached.data.buffer] })
const tensor = (from) => Object.assign({}, from, { [Symbol.for('attnkit.tensor')]: true })
result = [await failure(() => device.upload(tensor(shared))), await failure(() => device.upload(tensor(detached)))]`
    expect(await runModule(code, FAKE)).toMatchObject([
      { code: 'buffer-not-stable' },
      { code: 'buffer-not-stable' },
    ])
  })

  it('two copies of this package in one process share the addon', async () => {
    const code = `${OPEN}
import { readFileSync, writeFileSync, rmSync } from 'node:fs'
const original = new URL(import.meta.resolve(${JSON.stringify(MODULE)}))
const copy = new URL('copy-for-test.js', original)
writeFileSync(copy, readFileSync(original))
try {
  const other = await (await import(copy.href)).cudaRuntime()
  const [theirs] = other.devices
  const tensor = theirs.zeros([3], 'float32')
  await theirs.synchronize()
  const [a, b] = await Promise.all([device.download(tensor), theirs.download(tensor)])
  device.defaultStream.use(tensor)
  result = [...a.data, ...b.data]
} finally {
  rmSync(copy)
}`
    expect(await runModule(code, FAKE)).toEqual([0, 0, 0, 0, 0, 0])
  })

  it('a lost device rejects what was awaited, every later call says so, and disposing is quiet', async () => {
    const code = `${OPEN}
import { Worker } from 'node:worker_threads'
const made = device.zeros([4], 'float32')
await device.synchronize()
device.fillNormal(made, 0xDEAD)
result = [await failure(() => device.synchronize())]
result.push(await failure(() => device.zeros([4], 'float32')))
result.push(await failure(() => device.download(made)))
result.push(await failure(() => second.createStream()))
made.dispose()
const source = 'import(' + JSON.stringify(${JSON.stringify(MODULE)}) + ').then(async (runtime) => {' +
  'require("node:worker_threads").parentPort.postMessage(await runtime.cudaRuntime()) })'
const worker = new Worker(source, { eval: true, execArgv: [] })
result.push(await new Promise((resolve) => worker.once('message', resolve)))
await worker.terminate()`
    const [first, ...rest] = (await runModule(code, FAKE)) as { code: string; message: string }[]
    expect(first).toMatchObject({ code: 'device-lost', details: { cudaError: 700 } })
    expect(first?.message).toContain('start a new one')
    expect(rest.slice(0, 3).map(({ code }) => code)).toEqual(Array(3).fill('device-lost'))
    expect(rest[3]).toMatchObject({ status: 'unavailable', reason: { code: 'cuda-error' } })
  })

  it('200 workers are terminated at random moments, quickly, and nothing is left', async () => {
    const code = `${OPEN}
import { Worker } from 'node:worker_threads'
const url = ${JSON.stringify(MODULE)}
const source = \`import(\${JSON.stringify(url)}).then(async ({ cudaRuntime }) => {
  const { devices: [device] } = await cudaRuntime()
  for (;;) {
    const made = device.empty([1 << 16], 'float32')
    device.fillNormal(made, 1)
    await Promise.all([device.download(made), device.defaultStream.synchronize()])
    device.zeros([1 << 14], 'float32')
  }
})\`
const before = device.memory().poolUsed
let longest = 0
for (let round = 0; round < 200; round++) {
  const worker = new Worker(source, { eval: true })
  let failed
  worker.on('error', (error) => { failed = error })
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 120))
  const begin = performance.now()
  await worker.terminate()
  longest = Math.max(longest, performance.now() - begin)
  if (failed) throw failed
  await device.synchronize()
}
result = { longest, left: device.memory().poolUsed - before }`
    const { longest, left } = (await runModule(code, FAKE)) as { longest: number; left: number }
    expect(left).toBe(0)
    expect(longest).toBeLessThan(1000)
  }, 300_000)

  it('a process ends while transfers are under way', async () => {
    const code = `${OPEN}
const made = device.zeros([1 << 22], 'float32')
for (let i = 0; i < 50; i++) device.download(made)
result = 'ended'
setTimeout(() => process.exit(0), 5)`
    expect(await runModule(code, FAKE)).toBe('ended')
  })

  it('a process waits for what it awaits, and for nothing else', async () => {
    const code = `${OPEN}
device.zeros([1 << 22], 'float32')
const { data } = await device.download(device.zeros([8], 'float32'))
result = data.length`
    expect(await runModule(code, FAKE)).toBe(8)
  })
})
