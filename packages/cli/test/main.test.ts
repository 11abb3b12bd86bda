import { describe, expect, it, vi } from 'vitest'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

const COMMANDS = ['doctor', 'kernels', 'explain', 'run', 'verify', 'bench', 'env']

describe('the command line', () => {
  it('prints its version', async () => {
    expect(await runCommandLine('--version')).toEqual({
      exitCode: 0,
      stdout: '0.1.0\n',
      stderr: '',
    })
  })

  it('begins help with examples and lists the commands', async () => {
    const { exitCode, stdout } = await runCommandLine('--help')
    expect(exitCode).toBe(0)
    expect(stdout.startsWith('Examples:\n  attnkit doctor')).toBe(true)
    for (const command of COMMANDS) expect(stdout).toMatch(new RegExp(`^  ${command} `, 'm'))
  })

  it.each(COMMANDS.filter((command) => command !== 'bench'))(
    'begins the help of %s with examples',
    async (command) => {
      const { exitCode, stdout, stderr } = await runCommandLine(`${command} --help`)
      expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
      expect(stdout.startsWith(`Examples:\n  attnkit ${command}`)).toBe(true)
      expect(stdout).toContain('--json')
    },
  )

  it('asks for a command where there is none', async () => {
    const { exitCode, stdout, stderr } = await runCommandLine('')
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain('Usage: attnkit')
    expect(stderr).toContain('attnkit: a command is required')
  })

  it('suggests the nearest command and flag', async () => {
    expect((await runCommandLine('docter')).stderr).toContain('Did you mean doctor?')
    expect((await runCommandLine('doctor --requires cpu')).stderr).toContain(
      'Did you mean --require?',
    )
  })

  it.each(['docter', '', 'doctor --requires', 'explain --batch x', 'run Attention'])(
    'answers the fault of "%s" with one JSON document',
    async (line) => {
      const { exitCode, document } = await runForJson(line)
      expect(exitCode).toBe(2)
      expect(document).toEqual({
        schema_version: 1,
        error: { code: 'usage', message: expect.any(String), reasons: [], faults: [] },
      })
    },
  )
})
