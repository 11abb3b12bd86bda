import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const BIN = fileURLToPath(new URL('../dist/bin.js', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Starts the built program; `meddle` may close its streams or signal it. */
function run(
  args: readonly string[],
  meddle: (child: ReturnType<typeof spawn>) => void = () => {},
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], {
      env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: undefined },
    })
    const written = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => {
      written.stdout += chunk
    })
    child.stderr.on('data', (chunk: Buffer) => {
      written.stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, ...written }))
    meddle(child)
  })
}

describe('the program', () => {
  it('prints its result to stdout and ends with 0', async () => {
    expect(await run(['--version'])).toEqual({ code: 0, stdout: '0.1.0\n', stderr: '' })
  })

  it('prints faults to stderr and ends with 2', async () => {
    const { code, stdout, stderr } = await run(['explain', '--batch', 'many'])
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toContain("option '--batch <n>' argument 'many' is invalid")
  })

  it('finds a backend on any machine', async () => {
    const { code, stdout } = await run(['doctor', '--json'])
    expect(code).toBe(0)
    const report = JSON.parse(stdout) as { default_backend: string; backends: { name: string }[] }
    expect(['cpu', 'reference', 'cuda-flash']).toContain(report.default_backend)
    expect(report.backends.map(({ name }) => name)).toContain('reference')
  })

  it('runs the probes of --isolated through itself', async () => {
    const [plain, isolated] = await Promise.all([
      run(['doctor', '--json']),
      run(['doctor', '--json', '--isolated']),
    ])
    expect(isolated).toEqual(plain)
  })

  it('ends quietly when the reader of its output has gone', async () => {
    const { code, stderr } = await run(['kernels'], (child) => child.stdout?.destroy())
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('ends with 130 when it is interrupted', async () => {
    const { code, stdout, stderr } = await run(
      ['verify', '--problems', '5000', '--json'],
      (child) => setTimeout(() => child.kill('SIGINT'), 1500),
    )
    expect(code).toBe(130)
    expect(stderr).toContain('interrupted')
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'interrupted' } })
  })

  it('passes its flags to the bench, or says how to install it', async () => {
    const { code, stdout, stderr } = await run(['bench', '--help'])
    if (code === 3) expect(stderr).toContain('npm i @attnkit/bench')
    else expect(stdout).toContain('attnkit-bench')
  })
})
