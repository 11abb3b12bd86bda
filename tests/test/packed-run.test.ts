import { join } from 'node:path'
import { describe, expect, inject, test } from 'vitest'
import { type CallReport, callWithBackends, callWithDiscovery } from '../src/call-samples.js'
import { InstalledFolder } from '../src/installed-folder.js'
import { HAS_DRIVER, isBuilt } from '../src/machine.js'
import { outsideDependencies, PUBLISHED, readManifest } from '../src/repository.js'
import { mustRun } from '../src/run-program.js'

const tarballs = inject('tarballs')
const tarball = (name: string) => tarballs[name] ?? `${name} was not packed`
const CORE = '@attnkit/core'
const CPU = '@attnkit/cpu'
const CUDA = ['@attnkit/cuda-runtime', '@attnkit/cuda-flash']

/** What the CPU backend is here: without its addon the reference serves, and says why. */
const cpuStatus = isBuilt('cpu')
  ? { name: 'cpu', status: 'ready', code: null }
  : { name: 'cpu', status: 'unavailable', code: 'binary-missing' }
const hostBackend = isBuilt('cpu') ? 'cpu' : 'reference'
const cudaCode =
  isBuilt('cuda-runtime') && isBuilt('cuda-flash') ? 'driver-missing' : 'binary-missing'

const overrides = Object.fromEntries(
  Object.entries(tarballs).map(([name, path]) => [name, `file:${path}`]),
)

async function runInstalled(names: readonly string[], program: string): Promise<CallReport> {
  using folder = new InstalledFolder()
  await folder.npmInstall(names.map(tarball))
  return report(await folder.run(program))
}

function report(result: { code: number | null; stdout: string; stderr: string }): CallReport {
  expect(result, result.stderr).toMatchObject({ code: 0 })
  return JSON.parse(result.stdout) as CallReport
}

describe('packed, and installed by npm with no network', () => {
  test('core alone runs on the reference', async () => {
    const run = await runInstalled([CORE], callWithBackends({}))
    expect(run).toMatchObject({ shape: [1, 4, 16], backend: 'reference' })
  })

  test('core and cpu', async () => {
    const run = await runInstalled([CORE, CPU], callWithBackends({ cpu: CPU }))
    expect(run).toMatchObject({ shape: [1, 4, 16], backend: hostBackend })
    expect(run.backends).toContainEqual(cpuStatus)
  })

  test.skipIf(HAS_DRIVER)('core and the CUDA packages say that there is no driver', async () => {
    const program = callWithBackends({ cudaFlash: '@attnkit/cuda-flash' })
    const run = await runInstalled([CORE, ...CUDA], program)
    expect(run.backend).toBe('reference')
    expect(run.backends).toContainEqual({
      name: 'cuda-flash',
      status: 'unavailable',
      code: cudaCode,
    })
  })

  test('attnkit finds cpu, and says what is not installed', async () => {
    const run = await runInstalled([CORE, CPU, 'attnkit'], callWithDiscovery)
    expect(run.backend).toBe(hostBackend)
    expect(run.backends).toContainEqual(cpuStatus)
    expect(run.backends).toContainEqual({
      name: 'cuda-flash',
      status: 'not-installed',
      code: 'not-installed',
    })
  })

  test.skipIf(HAS_DRIVER)('attnkit finds cuda-flash when it is installed beside it', async () => {
    const run = await runInstalled([CORE, CPU, ...CUDA, 'attnkit'], callWithDiscovery)
    expect(run.backends).toContainEqual({
      name: 'cuda-flash',
      status: 'unavailable',
      code: cudaCode,
    })
    expect(run.backend).toBe(hostBackend)
  })

  test('every combination computes the same', async () => {
    const alone = await runInstalled([CORE], callWithBackends({}))
    const batteries = await runInstalled([CORE, CPU, 'attnkit'], callWithDiscovery)
    batteries.first.forEach((value, i) => {
      expect(value).toBeCloseTo(alone.first[i] ?? Number.NaN, 5)
    })
  })
})

describe('packed, and installed by pnpm with overrides', () => {
  test.skipIf(HAS_DRIVER)('attnkit with the CUDA packages', async () => {
    using folder = new InstalledFolder()
    await folder.pnpmInstall(['attnkit', CORE, ...CUDA], overrides)
    const run = report(await folder.run(callWithDiscovery))
    expect(run.backend).toBe(hostBackend)
    expect(run.backends).toContainEqual({
      name: 'cuda-flash',
      status: 'unavailable',
      code: cudaCode,
    })
  })
})

describe('the packed command line', () => {
  test('runs from its bin, with its outside dependencies beside it', async () => {
    using folder = new InstalledFolder()
    const cli = PUBLISHED.get('@attnkit/cli') ?? ''
    const outside = ['@attnkit/cli', '@attnkit/onnx'].flatMap(outsideDependencies)
    await folder.pnpmInstall(['@attnkit/cli'], { ...overrides, ...Object.fromEntries(outside) })
    const bin = join(folder.path, 'node_modules', '.bin', 'attnkit')
    const doctor = await mustRun(bin, ['doctor', '--json'], { cwd: folder.path, env: folder.env })
    const report = JSON.parse(doctor.stdout) as { version: string; default_backend: string }
    expect(report).toMatchObject({
      version: readManifest(cli).version,
      default_backend: hostBackend,
    })
  })
})
