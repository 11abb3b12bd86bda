import { describe, expect, it, vi } from 'vitest'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

describe('env', () => {
  it('prints versions, native files with how they were built, and variables', async () => {
    const environment = { ATTNKIT_NATIVE_DIR: '/opt', ORT_DISABLE_FLASH_ATTENTION: '1' }
    const { exitCode, stdout } = await runCommandLine('env', { environment })
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^attnkit +0\.1\.0$/m)
    expect(stdout).toMatch(/^node +\d+\./m)
    expect(stdout).toMatch(/^cpu {2}ready\n {2}device +A Processor\n {2}version +0\.1\.0\n {2}isa/m)
    expect(stdout).toMatch(/^cuda-flash {2}unavailable\n {2}driver-missing: no NVIDIA driver/m)
    expect(stdout).toMatch(/^ {2}ATTNKIT_NATIVE_DIR +"\/opt" +the folder/m)
    expect(stdout).toMatch(/^ {2}ATTNKIT_BACKEND +not set/m)
    expect(stdout).toMatch(/^ {2}ORT_DISABLE_FLASH_ATTENTION +"1" +1: no flash attention$/m)
    expect(stdout).toMatch(/^ {2}ORT_ENABLE_XQA +not set .*; no kernel here that it steers$/m)
    expect(stdout).toMatch(
      /^ {2}ORT_DISABLE_FT_CAUSAL_ATTENTION .*earlier name of ORT_DISABLE_DECODER_ATTENTION/m,
    )
  })

  it('has the same as data', async () => {
    const { document } = await runForJson('env')
    expect(document).toMatchObject({ schema_version: 1, version: '0.1.0', error: null })
    expect(Object.keys(document)).toEqual([
      'schema_version',
      'version',
      'node',
      'platform',
      'glibc',
      'kernel_release',
      'cpu',
      'nvidia_driver',
      'variables',
      'backends',
      'cuda_runtime',
      'native_files',
      'effects',
      'error',
    ])
    const [, cpu] = document.backends as Record<string, unknown>[]
    expect(cpu).toMatchObject({ name: 'cpu', build: { isa: 'avx512', path: '/opt/cpu.node' } })
  })

  it('shows what a variable changes', async () => {
    const { stdout } = await runCommandLine('env', { environment: { ATTNKIT_DISABLE: 'cpu' } })
    expect(stdout).toMatch(/^! ATTNKIT_DISABLE=cpu /m)
  })

  it('reports a variable that does not parse instead of failing', async () => {
    const environment = { ATTNKIT_BACKEND: 'gpu' }
    const { exitCode, document } = await runForJson('env', { environment })
    expect(exitCode).toBe(0)
    expect(document.error).toMatchObject({ faults: [{ path: 'ATTNKIT_BACKEND' }] })
  })
})
