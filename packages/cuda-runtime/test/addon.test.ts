import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { SHARED_LAYOUTS } from '../src/kernels/shared-kernels.js'
import type { RuntimeAddon } from '../src/native/runtime-addon.js'
import { PACKAGE, runModule } from './run-module.js'

const ADDON = join(PACKAGE, 'build', 'Release', 'cuda-runtime.node')
const missing = existsSync(ADDON)
  ? ''
  : ' (skipped, it is not built: pnpm --filter @attnkit/cuda-runtime build:native)'

function load(): RuntimeAddon {
  return createRequire(import.meta.url)(ADDON) as RuntimeAddon
}

describe.skipIf(missing)(`the addon${missing}`, () => {
  it('loads with or without a driver and says how it was built', () => {
    expect(load().buildInfo()).toMatchObject({
      version: packageJson.version,
      cuda: expect.stringMatching(/^\d+\.\d+$/),
      images: expect.stringContaining('sm_90a'),
    })
  })

  it('lays parameters out as JavaScript packs them', () => {
    const addon = load()
    addon.start(() => {})
    const packed = Object.entries(SHARED_LAYOUTS).map(([name, { offsets, size }]) => {
      return [name, { ...offsets, size }]
    })
    expect(addon.layouts()).toEqual(Object.fromEntries(packed))
  })

  it('answers arguments of every wrong kind with a status, in every function', async () => {
    const code = `
import { createRequire } from 'node:module'
const addon = createRequire(import.meta.url)(process.env.ADDON)
addon.start(() => {})
const values = [undefined, null, -1, 2 ** 40, NaN, 1.5, 0n, -1n, 2n ** 70n, 'x', {}, new Uint8Array(3), () => {}]
let seed = 1
const random = (n) => (seed = (seed * 48271) % 2147483647) % n
result = { calls: 0, codes: {} }
for (const name of Object.keys(addon)) {
  if (name === 'start') continue
  for (let i = 0; i < 300; i++) {
    const args = Array.from({ length: random(7) }, () => values[random(values.length)])
    const code = addon[name](...args)?.code ?? 'none'
    result.codes[code] = (result.codes[code] ?? 0) + 1
    result.calls++
  }
}`
    const result = (await runModule(code, { ADDON, CUDA_VISIBLE_DEVICES: '' })) as {
      calls: number
      codes: Record<string, number>
    }
    expect(result.calls).toBeGreaterThan(9000)
    expect(result.codes['invalid-argument']).toBeGreaterThan(1000)
    expect(Object.keys(result.codes).sort()).toEqual(
      expect.arrayContaining(['backend-unavailable', 'invalid-argument']),
    )
    expect(result.codes.internal ?? 0).toBe(0)
  })
})
