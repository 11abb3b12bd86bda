import { describe, expect, it, vi } from 'vitest'
import { addBrokenBackends } from './fake-attnkit.js'
import { fakeTerminal } from './fake-session.js'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))
// No native file: the reference is the oracle.
vi.mock('@attnkit/cpu', () => ({ float64Attention: async () => null }))

addBrokenBackends()

interface Case {
  name: string
  status: string
  backend: string
  outputs: { name: string; rel_error: number; allowed: number }[]
}

describe('verify', () => {
  it('verifies the backend that calls run on, and counts what it covered', async () => {
    const { exitCode, stdout, stderr } = await runCommandLine('verify --problems 3 --filter random')
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^covered: /m)
    expect(stdout).toMatch(/^kernels: avx512-tile 3$/m)
    expect(stdout).toMatch(/^nearest to its limit: .* of random-1-\d, \S+ of \S+$/m)
    expect(stdout).toMatch(/^✓ cpu: 3 passed, 0 failed, 0 unsupported against float64 in \S+ s\n$/m)
  })

  it('prints the document of its schema', async () => {
    const { exitCode, document } = await runForJson(
      'verify --backend reference --problems 2 --seed 5 --filter random',
    )
    expect(exitCode).toBe(0)
    expect(Object.keys(document)).toEqual([
      'schema_version',
      'passed',
      'failed',
      'unsupported',
      'coverage',
      'variants',
      'cases',
    ])
    expect(document).toMatchObject({ passed: 2, failed: 0, unsupported: 0 })
    expect(document.variants).toEqual({ float64: 2 })
    const cases = document.cases as Case[]
    expect(cases.map(({ name }) => name)).toEqual(['random-5-0', 'random-5-1'])
    for (const one of cases) {
      expect(one).toMatchObject({ status: 'passed', backend: 'reference', variant: 'float64' })
      for (const output of one.outputs) {
        expect(Object.keys(output)).toEqual(['name', 'rel_error', 'allowed'])
        expect(output.rel_error).toBeLessThanOrEqual(output.allowed)
      }
    }
  })

  it('repeats the same problems for the same seed', async () => {
    const line = 'verify --problems 2 --seed 9 --filter random'
    const first = await runForJson(line)
    const second = await runForJson(line)
    const other = await runForJson(line.replace('9', '10'))
    expect(second.document.coverage).toEqual(first.document.coverage)
    expect(other.document.coverage).not.toEqual(first.document.coverage)
  })

  it('exits with 1 when a result is wrong, and says where', async () => {
    const { exitCode, stdout } = await runCommandLine(
      'verify --backend wrong --problems 1 --filter random',
    )
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^✗ random-1-0: .*output: relative norm/m)
    expect(stdout).toMatch(/^✗ wrong: 0 passed, 1 failed/m)
  })

  it('takes refused problems as failures unless they are allowed', async () => {
    const line = 'verify --backend wrong --problems 0 --filter softcap'
    const refused = await runForJson(line)
    expect(refused.exitCode).toBe(1)
    expect(refused.document).toMatchObject({ passed: 0, failed: 0, variants: {} })
    expect(refused.document.unsupported).toBeGreaterThan(0)
    expect((await runCommandLine(`${line} --allow-unsupported`)).exitCode).toBe(0)
    expect((await runCommandLine(line)).stdout).toContain('softcap-unsupported')
  })

  it('exits with 3 for a backend that is not available', async () => {
    const { exitCode, document } = await runForJson('verify --backend cuda-flash')
    expect(exitCode).toBe(3)
    expect(document.error).toMatchObject({
      code: 'backend-unavailable',
      reasons: [{ backend: 'cuda-flash', code: 'driver-missing' }],
    })
  })

  it('exits with 2 where there is nothing to do, and for a backend that is not known', async () => {
    expect((await runCommandLine('verify --filter no-such-case')).exitCode).toBe(2)
    expect((await runCommandLine('verify --backend gpu')).exitCode).toBe(2)
  })

  it('shows a progress bar on a terminal, and keeps it out of the result', async () => {
    const stderr = fakeTerminal(true)
    const { stdout } = await runCommandLine('verify --problems 1 --filter random', { stderr })
    expect(stderr.text).toContain('1/1  random-1-0')
    expect(stderr.text.endsWith('\r\x1b[2K')).toBe(true)
    expect(stdout).not.toContain('█')
  })
})
