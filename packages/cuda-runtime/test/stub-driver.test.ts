import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { compile, hasCompiler } from './compiler.js'
import { PACKAGE, runModule } from './run-module.js'

const ADDON = join(PACKAGE, 'build', 'Release', 'cuda-runtime.node')
const missing = !existsSync(ADDON)
  ? 'the addon is not built: pnpm --filter @attnkit/cuda-runtime build:native'
  : !hasCompiler('cc')
    ? 'no C compiler for the stub of the driver'
    : ''

let directory = ''

/** The reason that the package gives with the stub in the driver's place. */
function reasonWith(environment: Readonly<Record<string, string>>): Promise<unknown> {
  return runModule('result = (await runtime.cudaRuntime()).reason', {
    LD_LIBRARY_PATH: directory,
    ...environment,
  })
}

describe.skipIf(missing)(`what the driver says ${missing && `(skipped: ${missing})`}`, () => {
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'attnkit-stub-'))
    const library = join(directory, 'libcuda.so.1')
    compile('cc', ['-shared', '-fPIC', '-o', library, 'stub-driver.c'], join(PACKAGE, 'test'))
  })
  afterAll(() => {
    if (directory !== '') rmSync(directory, { recursive: true })
  })

  it('driver-missing: no version', async () => {
    expect(await reasonWith({ STUB_VERSION: '0' })).toMatchObject({
      code: 'driver-missing',
      found: 'no NVIDIA driver on this machine',
      required: 'driver ≥ 580 (built for CUDA 13.0)',
      remedy: expect.stringContaining('--gpus all'),
    })
  })

  it('driver-too-old: an older version, found and required', async () => {
    expect(await reasonWith({ STUB_VERSION: '12040' })).toMatchObject({
      code: 'driver-too-old',
      found: expect.stringContaining('CUDA 12.4'),
      required: 'driver ≥ 580 (built for CUDA 13.0)',
    })
  })

  it('a newer driver is not too old', async () => {
    expect(await reasonWith({ STUB_VERSION: '13020', STUB_INIT: '100' })).toMatchObject({
      code: 'device-missing',
    })
  })

  it('device-missing, also when CUDA_VISIBLE_DEVICES hides them', async () => {
    expect(await reasonWith({ STUB_INIT: '100' })).toMatchObject({
      code: 'device-missing',
      required: 'an NVIDIA GPU',
    })
    expect(await reasonWith({ STUB_INIT: '100', CUDA_VISIBLE_DEVICES: '' })).toMatchObject({
      code: 'device-missing',
      found: 'none, with CUDA_VISIBLE_DEVICES=""',
      remedy: expect.stringContaining('unset CUDA_VISIBLE_DEVICES'),
    })
  })

  it('device-unsupported: no kernel image', async () => {
    expect(await reasonWith({ STUB_INIT: '209' })).toMatchObject({ code: 'device-unsupported' })
  })

  it.each([
    ['802', 'cudaErrorSystemNotReady', 'nvidia-fabricmanager'],
    ['803', 'cudaErrorSystemDriverMismatch', 'restart the machine'],
    ['804', 'cudaErrorCompatNotSupportedOnDevice', 'cuda-compat'],
  ])('system-not-ready: %s', async (code, name, remedy) => {
    expect(await reasonWith({ STUB_INIT: code })).toMatchObject({
      code: 'system-not-ready',
      found: expect.stringContaining(name),
      remedy: expect.stringContaining(remedy),
    })
  })

  it('cuda-error: anything else, with its name and number', async () => {
    expect(await reasonWith({ STUB_INIT: '999' })).toMatchObject({
      code: 'cuda-error',
      found: expect.stringContaining('cudaErrorUnknown (999)'),
    })
  })
})
