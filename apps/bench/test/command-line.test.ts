import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parseCommandLine } from '../src/command-line.js'
import type { MeasureCommand } from '../src/commands/measure.js'
import type { AccuracyCommand } from '../src/commands/measure-errors.js'
import { EXIT } from '../src/exit-codes.js'
import { main } from '../src/main.js'
import { SUITES } from '../src/suites/suites.js'
import { fakeDocument, fakeRow } from './fake-document.js'

async function run(...args: string[]) {
  const text = { stdout: '', stderr: '' }
  const output = (name: 'stdout' | 'stderr') => ({
    write: (part: string): void => {
      text[name] += part
    },
  })
  const exitCode = await main(args, { stdout: output('stdout'), stderr: output('stderr') })
  return { exitCode, ...text }
}

describe('the command line', () => {
  it('reads a suite with its flags', () => {
    const command = parseCommandLine(
      'seed --rows 0-2 --backend cuda-flash,cpu --peers-python /p --output out --json'.split(' '),
    )
    expect(command).toMatchObject({
      name: 'run',
      output: 'out',
      json: true,
      options: { backends: ['cuda-flash', 'cpu'], python: '/p', peers: true, blocks: 5 },
    })
    expect(command.name === 'run' && command.rows).toHaveLength(3)
  })

  it('has the options that a suite asks of backends', () => {
    const backendOptions = { 'cuda-flash': { exactSoftmax: true } }
    expect(parseCommandLine(['seed-exact'])).toMatchObject({ options: { backendOptions } })
    const { options } = parseCommandLine(['seed']) as MeasureCommand
    expect(options).not.toHaveProperty('backendOptions')
  })

  it('takes the suite as a flag too, and fewer blocks when short', () => {
    const command = parseCommandLine(['--suite=seed-cpu', '--short', '--no-peers'])
    expect(command).toMatchObject({ suite: { name: 'seed-cpu' } })
    expect(command).toMatchObject({ options: { blocks: 3, peers: false } })
  })

  it('reads which errors to measure', () => {
    const command = parseCommandLine('accuracy --filter outliers --no-peers --seed 3'.split(' '))
    expect(command).toMatchObject({ name: 'accuracy', options: { peers: false, seed: 3 } })
    const { problems } = command as AccuracyCommand
    expect(problems.length).toBeGreaterThan(10)
    expect(new Set(problems.map(({ inputs }) => inputs))).toEqual(new Set(['outliers']))
  })

  it('prints help and the rows', async () => {
    expect((await run()).stdout).toMatch(/^Examples:/)
    expect((await run('--help')).exitCode).toBe(EXIT.ok)
    const { stdout } = await run('list')
    expect(stdout).toContain('  84  QKV 8x4096x32x128 float16')
    expect(JSON.parse((await run('list', '--json')).stdout).suites).toHaveLength(SUITES.length)
  })

  it('answers what it does not understand with exit code 2', async () => {
    const lines: [string, RegExp][] = [
      ['sead', /no suite sead; there are seed and seed-exact and causal and decode and seed-cpu/],
      ['seed --rows 99', /--rows is 99/],
      ['seed --blocks 0', /--blocks is 0, required is a positive integer/],
      ['seed --threads 4096', /--threads is 4096/],
      ['seed --filter nothing', /no row is left/],
      ['seed --backend ,', /--backend names none/],
      ['seed --frobnicate', /frobnicate/],
      ['seed extra', /one suite at a time/],
      ['compare one.json', /compare needs two result files/],
      ['summary', /summary needs a result file/],
      ['summary /nowhere/a.json', /ENOENT/],
      ['accuracy --filter nothing', /no problem is left/],
      ['accuracy extra', /no suite accuracy|one suite at a time/],
      ['compare /nowhere/a.json /nowhere/b.json', /ENOENT/],
    ]
    for (const [line, message] of lines) {
      const { exitCode, stderr, stdout } = await run(...line.split(' '))
      expect(exitCode, line).toBe(EXIT.usage)
      expect(stderr, line).toMatch(message)
      expect(stdout).toBe('')
    }
  })

  it('answers errors in JSON when JSON is asked for', async () => {
    const { stdout, stderr } = await run('sead', '--json')
    expect(JSON.parse(stdout)).toMatchObject({ schema_version: 1, error: { exit_code: 2 } })
    expect(stderr).toBe('')
  })
})

describe('summary', () => {
  const seed = fileURLToPath(new URL('../results/nvidia-h200/seed.json', import.meta.url))

  it('sums up a result file by head dim, with the best peer of each row', async () => {
    const { exitCode, stdout } = await run('summary', seed)
    expect(exitCode).toBe(EXIT.ok)
    expect(stdout).toMatch(/^seed: NVIDIA H200/)
    expect(stdout).toMatch(/^ +all +85 /m)
    expect(stdout).toMatch(/the best peer of each row \(geometric mean of 85 rows/)
  })

  it('is of the rows asked for, as JSON too', async () => {
    const flags = ['--filter', 'x128 float16', '--min-seqlen', '4096', '--json']
    const { summaries } = JSON.parse((await run('summary', seed, seed, ...flags)).stdout)
    expect(summaries).toHaveLength(2)
    expect(summaries[0]).toMatchObject({ suite: 'seed', peers: { cudnn: { rows: 2 } } })
    expect(summaries[0].best_peer).toMatchObject({ rows: 2, least: expect.any(Number) })
    expect((await run('summary', seed, '--filter', 'nothing')).exitCode).toBe(EXIT.usage)
  })

  it('names the rows that are behind, the slowest first', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-summary-'))
    try {
      const peers = (ratio: number) => ({ peers: { cudnn: { ms: 1, tflops: 1, ratio } } })
      const rows = [0.99, 1, 0.9].map((ratio, i) => fakeRow({ batch: i + 1, ...peers(ratio) }))
      const path = join(directory, 'seed.json')
      await writeFile(path, JSON.stringify({ ...fakeDocument(rows), device: 'another' }))
      const { stdout } = await run('summary', path)
      expect(stdout).toMatch(/QKV 3x1024x8x64 float16 +0\.900× +cuDNN\nQKV 1x1024x8x64 .* 0\.990×/)
      expect(stdout.trimEnd().split('\n').at(-1)).toContain('QKV 1x')
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})

describe('compare', () => {
  it('fails only when a row is slower', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'bench-compare-'))
    const write = async (name: string, ms: number): Promise<string> => {
      const row = fakeRow({ ms, ms_p10: ms * 0.99, ms_p90: ms * 1.01 })
      await writeFile(join(directory, name), JSON.stringify(fakeDocument([row])))
      return join(directory, name)
    }
    try {
      const [base, faster, slower] = [
        await write('a', 1),
        await write('b', 0.5),
        await write('c', 2),
      ]
      expect((await run('compare', base, base)).exitCode).toBe(EXIT.ok)
      expect((await run('compare', base, faster)).exitCode).toBe(EXIT.ok)
      expect((await run('compare', base, slower)).exitCode).toBe(EXIT.failed)
      expect((await run('compare', base, slower, '--tolerance=1.5')).exitCode).toBe(EXIT.ok)
      const { stdout } = await run('compare', base, slower, '--json')
      expect(JSON.parse(stdout).rows[0]).toMatchObject({ verdict: 'SLOW', before: 1, after: 2 })
    } finally {
      await rm(directory, { recursive: true })
    }
  })
})
