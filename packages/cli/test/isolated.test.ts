import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { type CommandResult, runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

const PROGRAM = fileURLToPath(new URL('./probed-program.mjs', import.meta.url))

function isolated(behaviour: string, flags = ''): Promise<CommandResult> {
  const environment = { ...process.env, FORCE_COLOR: undefined, PROBE_BEHAVIOUR: behaviour }
  return runCommandLine(`doctor --isolated ${flags}`, { program: PROGRAM, environment })
}

describe('doctor --isolated', () => {
  it('reports as ever where every probe answers', async () => {
    const { exitCode, stdout } = await isolated('answer')
    expect(exitCode).toBe(0)
    expect(stdout).toContain('driver-missing')
  })

  it.each([
    ['crash', 'a crash with SIGSEGV'],
    ['hang', 'no answer within 1 s'],
    ['exit', 'an exit with 7'],
  ])('survives a %s of the probe', async (behaviour, found) => {
    const { exitCode, stdout } = await isolated(behaviour, '--timeout 1 --require cuda-flash')
    expect(exitCode).toBe(3)
    expect(stdout).toContain(`cuda-flash   unavailable    binary-load-failed: ${found}`)
    expect(stdout).toMatch(/✓ cpu +ready/)
    expect(stdout).toContain('→ calls run on cpu')
  })

  it('probes one backend in the child', async () => {
    const { exitCode, document } = await runForJson('doctor --probe cuda-flash')
    expect(exitCode).toBe(0)
    expect(document).toEqual({ schema_version: 1, probe: 'cuda-flash', status: 'unavailable' })
    expect((await runCommandLine('doctor --probe gpu')).exitCode).toBe(2)
  })
})
