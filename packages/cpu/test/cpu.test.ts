import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  compareTensors,
  defineProblem,
  HOST,
  isBackend,
  TOLERANCES,
  toFloat64,
} from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { float64Attention } from '../src/float64-attention.js'
import { describeNative } from './support/describe-native.js'
import { randomCall } from './support/random-call.js'

const packageUrl = new URL('../dist/index.js', import.meta.url)

const PROBE = `
import { cpu, float64Attention, hostTensor } from ${JSON.stringify(packageUrl.href)}
import { defineProblem, emptyTensor, HOST } from '@attnkit/core'
const backend = cpu()
const problem = defineProblem({ batch: 1, seqlenQ: 2, numHeads: 1, headDim: 4 })
const t = () => hostTensor([1, 2, 1, 4], 'float32')
let thrown
try { backend.plan(problem, HOST) } catch (error) { thrown = { code: error.code, message: error.message } }
const bound = { problem, q: t(), k: t(), v: t(), output: t() }
console.log(JSON.stringify({
  availability: await backend.availability(),
  estimate: backend.estimate(problem, HOST),
  reasons: backend.supports(problem, HOST).reasons,
  twin: (await float64Attention(bound)) === undefined,
  elements: t().data.length,
  thrown,
}))
`

/** What a process sees whose environment has these variables. */
function probe(environment: Record<string, string>) {
  const here = fileURLToPath(new URL('.', import.meta.url))
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', PROBE], {
    cwd: here,
    env: { ...process.env, ...environment },
    encoding: 'utf8',
  })
  return JSON.parse(text)
}

describe('without its native part', () => {
  it('is unavailable with a reason, throws nothing when imported, and offers plain tensors', () => {
    const folder = mkdtempSync(join(tmpdir(), 'attnkit-cpu-'))
    writeFileSync(join(folder, 'cpu.node'), 'not an addon')
    try {
      const seen = probe({ ATTNKIT_NATIVE_DIR: folder })
      expect(seen.availability).toMatchObject({
        status: 'unavailable',
        reason: { code: 'binary-corrupt', remedy: expect.any(String) },
      })
      expect(seen).toMatchObject({ reasons: [], twin: true, elements: 8 })
      expect(seen.thrown).toMatchObject({
        code: 'backend-unavailable',
        message: expect.stringContaining('binary-corrupt'),
      })
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})

describeNative('cpu()', () => {
  it('is a backend that tells what it runs on', async () => {
    const backend = cpu()
    expect(isBackend(backend)).toBe(true)
    const availability = await backend.availability()
    if (availability.status === 'unavailable') throw new Error(availability.reason.code)
    const { devices, build } = availability
    expect(devices).toMatchObject([{ type: 'host', index: 0 }])
    expect(build.isas).toContain(build.isa)
    expect(build.cores).toBeGreaterThanOrEqual(1)
    expect(build.cores).toBeLessThanOrEqual(availableParallelism())
  })

  it('says so when ATTNKIT_CPU_ISA names an instruction set that is not there', () => {
    const seen = probe({ ATTNKIT_CPU_ISA: 'mmx' })
    expect(seen.availability).toMatchObject({
      status: 'unavailable',
      reason: { code: 'disabled-by-environment', subject: 'ATTNKIT_CPU_ISA', found: 'mmx' },
    })
  })

  it('refuses float64 alone', () => {
    const backend = cpu()
    const sizes = { batch: 1, seqlenQ: 2, numHeads: 1, headDim: 4 }
    const reasonsOf = (options: Parameters<typeof defineProblem>[0]) =>
      backend.supports(defineProblem(options), HOST).reasons
    expect(reasonsOf(sizes)).toEqual([])
    expect(reasonsOf({ ...sizes, dtype: 'float64' })).toMatchObject([
      { code: 'dtype-unsupported', subject: 'dtype', found: 'float64' },
    ])
    expect(reasonsOf({ ...sizes, attentionBias: { dtype: 'float64' } })).toMatchObject([
      { code: 'dtype-unsupported', subject: 'attentionBias.dtype', found: 'float64' },
    ])
  })

  it('adds an attention bias of another dtype than the problem', async () => {
    const sizes = { batch: 1, seqlenQ: 70, numHeads: 2, headDim: 16 }
    for (const dtype of ['float32', 'float16', 'bfloat16'] as const) {
      for (const bias of ['float32', 'float16', 'bfloat16'] as const) {
        const bound = randomCall({ ...sizes, dtype, attentionBias: { dtype: bias } })
        await cpu().plan(bound.problem, HOST).execute(bound, 2)
        const expected = await float64Attention(bound)
        const tolerance = TOLERANCES[dtype]
        const { ok } = compareTensors(toFloat64(bound.output), expected!.output, tolerance)
        expect(ok, `${bias} in ${dtype}`).toBe(true)
      }
    }
  })

  it('names its kernel, and estimates more time for more work', () => {
    const backend = cpu()
    const make = (seqlenQ: number) =>
      defineProblem({ batch: 1, seqlenQ, seqlenK: 512, numHeads: 4, headDim: 64 })
    expect(backend.plan(make(64), HOST).variant).toMatch(/^cpu-\w+-t\d+$/)
    expect(backend.plan(make(1), HOST).variant).toMatch(/^cpu-\w+-decode$/)
    const short = backend.estimate!(make(64), HOST).microseconds
    expect(backend.estimate!(make(512), HOST).microseconds).toBeGreaterThan(short)
  })

  it('gives the same result on any number of threads', async () => {
    const bound = randomCall({ batch: 2, seqlenQ: 300, numHeads: 3, headDim: 40, causal: true })
    const results: Float32Array[] = []
    for (const threads of [1, 2, 5]) {
      await cpu({ threads }).plan(bound.problem, HOST).execute(bound, threads)
      results.push((bound.output.data as Float32Array).slice())
    }
    expect(results[1]).toEqual(results[0])
    expect(results[2]).toEqual(results[0])
  })

  it('runs many calls at once, each with its own result', async () => {
    const calls = Array.from({ length: 40 }, (_, i) =>
      randomCall({ batch: 1, seqlenQ: 64 + 16 * i, numHeads: 2, headDim: 32 }, i + 1),
    )
    const run = (bound: (typeof calls)[number]) => cpu().plan(bound.problem, HOST).execute(bound, 2)
    const expected: Float32Array[] = []
    for (const bound of calls) {
      await run(bound)
      expected.push((bound.output.data as Float32Array).slice())
      ;(bound.output.data as Float32Array).fill(0)
    }
    await Promise.all(calls.map(run))
    expect(calls.map(({ output }) => output.data)).toEqual(expected)
  })
})
