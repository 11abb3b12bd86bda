import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { cudaRuntime, kernelAddon } from '../src/index.js'
import { PACKAGE } from './run-module.js'

const BUILT = existsSync(join(PACKAGE, 'build', 'Release', 'cuda-runtime.node'))
const runtime = await cudaRuntime()
const hasDevice = runtime.status === 'ready'

describe.skipIf(hasDevice)('a machine whose GPU cannot be used', () => {
  it('is a reason, not an exception', () => {
    expect(runtime).toMatchObject({
      status: 'unavailable',
      reason: {
        code: BUILT ? expect.stringMatching(/^(driver|device|system|cuda)/) : 'binary-missing',
        found: expect.any(String),
        required: expect.any(String),
        remedy: expect.any(String),
      },
    })
  })

  it('is the same each time', async () => {
    expect(await cudaRuntime()).toBe(runtime)
  })

  it('makes a kernel package unavailable, first for want of its own addon', async () => {
    const request = {
      packageUrl: pathToFileURL(join(PACKAGE, 'src', 'index.ts')).href,
      packageName: '@attnkit/cuda-runtime',
      addonName: 'no-such-addon',
      version: '0.1.0',
      minComputeCapability: [8, 0],
    } as const
    expect(await kernelAddon(request).availability()).toMatchObject({
      status: 'unavailable',
      reason: { code: 'binary-missing', subject: 'no-such-addon.node' },
    })
  })

  it('refuses a launch before the addon is known to be there', () => {
    const request = {
      packageUrl: import.meta.url,
      packageName: '@attnkit/cuda-runtime',
      addonName: 'no-such-addon',
      version: '0.1.0',
      minComputeCapability: [8, 0],
    } as const
    const stream = { handle: 0n } as never
    expect(() => kernelAddon(request).launch('test', 0, new Uint8Array(), stream)).toThrow(
      'before the addon was known to be available',
    )
  })
})
