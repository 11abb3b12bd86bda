import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { cudaRuntime } from '@attnkit/cuda-runtime'
import { describe, expect, it } from 'vitest'
import packageJson from '../package.json' with { type: 'json' }
import { cudaFlash } from '../src/index.js'
import { PARAMS } from '../src/params.js'
import { VARIANTS } from '../src/variants.js'

interface Addon {
  launch(...values: unknown[]): unknown
  buildInfo(): unknown
  layouts(): { readonly params: Readonly<Record<string, number>> }
}

const FILE = join(import.meta.dirname, '..', 'build', 'Release', 'cuda-flash.node')
const BUILT = existsSync(FILE)
const load = (): Addon => createRequire(import.meta.url)(FILE)
const runtime = await cudaRuntime()

describe.skipIf(!BUILT)('the native part (skipped where it is not built)', () => {
  it('was built from this version and these kernels', () => {
    expect(load().buildInfo()).toEqual({
      version: packageJson.version,
      cuda: expect.stringMatching(/^\d+\.\d+$/),
      images: 'sm_80 sm_90a compute_80',
      variants: VARIANTS.map(({ name }) => name),
    })
  })

  it('has its parameters where JavaScript writes them', () => {
    expect(load().layouts().params).toEqual({ ...PARAMS.offsets, size: PARAMS.size })
  })

  it.each([
    ['nothing', []],
    ['a variant that is no number', ['x', new Uint8Array(PARAMS.size), 0n]],
    ['a variant that is not there', [VARIANTS.length, new Uint8Array(PARAMS.size), 0n]],
    ['a negative variant', [-1, new Uint8Array(PARAMS.size), 0n]],
    ['parameters of another size', [0, new Uint8Array(PARAMS.size - 1), 0n]],
    ['parameters that are no bytes', [0, new Float32Array(PARAMS.size), 0n]],
    ['a stream that is no bigint', [0, new Uint8Array(PARAMS.size), 0]],
    ['a negative stream', [0, new Uint8Array(PARAMS.size), -1n]],
  ])('answers %s with a status', (_name, values) => {
    expect(load().launch(...values)).toEqual({
      code: 'invalid-argument',
      cudaError: 0,
      message: expect.stringContaining('launch'),
    })
  })
})

describe('the backend', () => {
  it('says whether it can be used, the same each time', async () => {
    const backend = cudaFlash()
    const availability = await backend.availability()
    expect(await backend.availability()).toBe(availability)
    expect(availability.status).toBe(
      BUILT && runtime.status === 'ready' ? 'available' : 'unavailable',
    )
  })

  it.skipIf(!BUILT || runtime.status === 'ready')('gives the reason of the runtime', async () => {
    const reason = runtime.status === 'unavailable' ? runtime.reason : undefined
    expect(await cudaFlash().availability()).toEqual({ status: 'unavailable', reason })
  })
})
