import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { HostBackend } from '../src/backend/backend.js'
import { type BackendDefinition, defineBackend } from '../src/backend/define-backend.js'
import { HOST } from '../src/backend/device.js'
import type { BoundProblem } from '../src/backend/plan.js'
import { CONFORMANCE_CASES } from '../src/conformance/conformance-cases.js'
import { featuresOf } from '../src/conformance/features.js'
import { generateProblem } from '../src/conformance/generate-problem.js'
import { Random } from '../src/conformance/random.js'
import { randomTensors } from '../src/conformance/random-tensors.js'
import { type CaseResult, runCase } from '../src/conformance/run-case.js'
import {
  bindCase,
  type ConformanceOptions,
  countCases,
  runConformance,
} from '../src/conformance/run-conformance.js'
import { steepenScores } from '../src/conformance/steepen-scores.js'
import { defineProblem, type ProblemOptions } from '../src/problem/define-problem.js'
import { indexFaults } from '../src/problem/index-faults.js'
import { problemFlops } from '../src/problem/problem-flops.js'
import { tensorFaults } from '../src/problem/tensor-faults.js'
import { computeReference } from '../src/reference/compute-reference.js'
import { reference } from '../src/reference/reference.js'
import type { HostTensor } from '../src/tensor/tensor.js'

const FEATURES =
  'float32 float16 bfloat16 bsnh bnsh bsn3h bsn2h tnh tn3h mask-none mask-lengths mask-start-end mask-2d mask-3d mask-4d sink-zero sink-per-head qk-scaled qk-softcapped qk-biased qk-probabilities causal causal-offset causal-offset-per-batch window-left window-right softcap negative-scale additive-mask empty-rows-ignore-mask attention-bias projection-bias key-lengths key-lengths-per-batch qk-norm rotary rotary-interleaved rotary-part rotary-tables rotary-positions softmax-float64 past past-only past-per-batch past-buffer stacked-cache present varlen softmax-lse grouped-queries head-dim-v cross-attention one-query strided'.split(
    ' ',
  )

async function run(backend: HostBackend, options: ConformanceOptions): Promise<CaseResult[]> {
  const results: CaseResult[] = []
  for await (const result of runConformance({ backend }, options)) results.push(result)
  return results
}

type Execute = (bound: BoundProblem<HostTensor>) => Promise<void>

/** The reference with a fault. */
function faulty(execute: Execute, more: Partial<BackendDefinition<HostBackend>> = {}): HostBackend {
  const { capabilities, availability, supports } = reference()
  const plan = () => ({ variant: 'faulty', workspaceBytes: 0, execute })
  const rest = { capabilities, availability, supports, plan, ...more }
  return defineBackend({ name: 'faulty', deviceType: 'host', ...rest })
}

const right: Execute = (bound) => reference().plan(bound.problem, HOST).execute(bound, 1)

describe('the reference', () => {
  it('passes every chosen case in every dtype', async () => {
    const results = await run(reference(), { problems: 0 })
    expect(results).toHaveLength(4 * CONFORMANCE_CASES.length)
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  }, 60_000)

  it('passes random problems', async () => {
    const results = await run(reference(), { problems: 60, maxFlops: 1e7, filter: isRandom })
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([])
  }, 60_000)
})

describe('runConformance', () => {
  const only = (name: string): ConformanceOptions => ({
    problems: 0,
    filter: (found) => found === name,
  })

  it('counts its cases beforehand, and repeats them by seed', async () => {
    const options = { problems: 3, seed: 5, maxFlops: 1e5, filter: isRandom }
    expect(countCases({ backend: reference() }, options)).toBe(3)
    const [once, again] = [await run(reference(), options), await run(reference(), options)]
    expect(again).toEqual(once)
    const others = await run(reference(), { ...options, seed: 6 })
    expect(others.map(({ problem }) => problem)).not.toEqual(once.map(({ problem }) => problem))
  })

  it('sees a wrong number, a NaN and an output that is not written', async () => {
    const spoil =
      (bits: number): Execute =>
      async (bound) => {
        await right(bound)
        bound.output.data[bound.problem.output.offset + 70] = bits as never
      }
    for (const value of [100, Number.NaN]) {
      const [result] = await run(faulty(spoil(value)), only('heads-first/float32'))
      expect(result).toMatchObject({ status: 'failed', outputs: [{ name: 'output', ok: false }] })
      expect(result?.reason).toMatch(/^output: relative norm/)
    }
    const [nothing] = await run(
      faulty(async () => {}),
      only('heads-first/float32'),
    )
    expect(nothing?.status).toBe('failed')
  })

  it('sees elements that are written outside of the output', async () => {
    const backend = faulty(async (bound) => {
      await right(bound)
      bound.output.data[bound.problem.output.offset - 1] = 0 as never
    })
    const [result] = await run(backend, only('heads-first/float32'))
    expect(result?.reason).toBe('output: written where it must not be')
  })

  it('sees inputs and unused rows of a buffer that are written', async () => {
    const backend = faulty(async (bound) => {
      await right(bound)
      bound.q.data[3] = 0 as never
      bound.presentValue!.data[15 * 64] = 0 as never
    })
    const [result] = await run(backend, only('shared-buffer/float32'))
    expect(result?.reason).toBe(
      'q: written where it must not be; presentValue: written where it must not be',
    )
  })

  it('sees rows behind the keys of a batch entry that are written', async () => {
    // Two key heads of 16 rows of 64: the first batch entry has 5 keys, the second 10.
    const row = (head: number, at: number) => (head * 16 + at) * 64
    for (const [name, at, damaged] of [
      ['past-per-batch-buffer', row(0, 5), ['presentKey']],
      ['past-per-batch-separate', row(2, 10), ['presentKey']],
      ['stacked-past-per-batch', row(4 + 1, 5), ['presentValue']],
      ['past-per-batch-separate', row(2, 9), []],
    ] as const) {
      const backend = faulty(async (bound) => {
        await right(bound)
        bound.presentKey!.data[at] = 0.5 as never
      })
      const [result] = await run(backend, only(`${name}/float32`))
      const texts = damaged.map((role) => `${role}: written where it must not be`)
      if (texts.length > 0) expect(result?.reason).toBe(texts.join('; '))
      else expect(result?.outputs.filter(({ ok }) => !ok)[0]?.name).toBe('presentKey')
    }
  })

  it('sees hidden scores that are not the lowest number', async () => {
    const backend = faulty(async (bound) => {
      await right(bound)
      bound.qk!.data[1] = -1e30 as never
    })
    const [result] = await run(backend, only('qk-biased/float32'))
    expect(result?.outputs.filter(({ ok }) => !ok).map(({ name }) => name)).toEqual(['qk (hidden)'])
  })

  it('reports errors and refusals', async () => {
    const thrown = faulty(async () => {
      throw new Error('no luck')
    })
    const [failed] = await run(thrown, only('strided/float16'))
    expect(failed).toMatchObject({ status: 'failed', reason: 'no luck', backend: 'faulty' })
    const reasons = [
      { code: 'stride-unsupported', subject: 'q', found: '256', required: '128' } as const,
    ]
    const refusing = faulty(right, { supports: () => ({ reasons, notes: [] }) })
    const [refused] = await run(refusing, only('strided/float16'))
    expect(refused).toMatchObject({
      status: 'unsupported',
      reason: 'stride-unsupported: q 256',
      reasons,
    })
  })

  it('expects what another call gives, where a case has one', async () => {
    const chosen = CONFORMANCE_CASES.find(({ name }) => name === 'onnx-causal')!
    const bound = bindCase(chosen, 'float32', 1)
    const target = { backend: reference() }
    const right = { name: 'right', bound, same: chosen.same!(bound) }
    expect(await runCase(target, right)).toMatchObject({ status: 'passed' })
    const all = { ...bound, problem: { ...bound.problem, causal: false } }
    expect(await runCase(target, { name: 'wrong', bound, same: all })).toMatchObject({
      status: 'failed',
      reason: expect.stringMatching(/^output: /),
    })
  })

  it('asks the oracle that it is given', async () => {
    const oracle = async (bound: BoundProblem<HostTensor>) => {
      const outputs = await computeReference(bound)
      return { ...outputs, output: outputs.output.map((value) => value + 1) }
    }
    const [result] = await run(reference(), { ...only('strided/float32'), oracle })
    expect(result?.status).toBe('failed')
  })
})

describe('generateProblem and randomTensors', () => {
  const problems = Array.from({ length: 400 }, (_, seed) => generateProblem(new Random(seed)))

  it('keep to the limit of work', () => {
    for (const problem of problems) expect(problemFlops(problem)).toBeLessThanOrEqual(2e8)
  })

  it('cover every feature', () => {
    const counts = new Map<string, number>()
    for (const name of problems.flatMap(featuresOf)) counts.set(name, (counts.get(name) ?? 0) + 1)
    for (const name of FEATURES) expect([name, (counts.get(name) ?? 0) >= 4]).toEqual([name, true])
    expect([...counts.keys()].filter((name) => !FEATURES.includes(name))).toEqual([])
  })

  it('draw only what the capabilities allow', () => {
    const { capabilities } = reference()
    const limited = {
      ...capabilities,
      dtypes: ['float16', 'bfloat16'] as const,
      headDim: { min: 16, max: 256, multipleOf: 8 },
      headDimV: 'equal' as const,
      masks: ['none', 'lengths'] as const,
      layouts: ['bsnh', 'bsn3h'] as const,
      softcap: false,
      past: false,
      sinks: [],
      qkOutputs: [],
    }
    for (let seed = 0; seed < 200; seed++) {
      const problem = generateProblem(new Random(seed), { capabilities: limited })
      expect(limited.dtypes).toContain(problem.dtype)
      expect(problem.headDim % 8).toBe(0)
      expect(problem.headDimV).toBe(problem.headDim)
      expect(['none', 'lengths']).toContain(problem.mask?.kind ?? 'none')
      expect(problem).toMatchObject({ softcap: 0, past: null, sink: 'none', qkOutput: 'none' })
    }
  })

  it('draw again what is not supported', () => {
    const supports = (problem: { causal: boolean }) => problem.causal
    for (let seed = 0; seed < 20; seed++) {
      expect(generateProblem(new Random(seed), { supports }).causal).toBe(true)
    }
  })

  it('make tensors that fit', () => {
    for (let seed = 0; seed < 60; seed++) {
      const problem = generateProblem(new Random(seed), { maxFlops: 1e6 })
      const bound = randomTensors(problem, new Random(seed))
      expect([...tensorFaults(problem, bound), ...indexFaults(problem, bound)]).toEqual([])
    }
  })
})

describe('steepenScores', () => {
  const sizes = { batch: 2, numHeads: 2, headDim: 16, seqlenQ: 3, seqlenK: 9 }

  /** The largest difference of scores that any row has, over a few seeds. */
  async function steepest(options: Partial<ProblemOptions>): Promise<number> {
    let most = 0
    for (let seed = 0; seed < 8; seed++) {
      const random = new Random(seed)
      const problem = defineProblem({ ...sizes, ...options, qkOutput: 'scaled' })
      const bound = randomTensors(problem, random)
      expect(steepenScores(bound, random)).toBe(true)
      const qk = Array.from((await computeReference(bound)).qk!)
      for (let row = 0; row < qk.length; row += sizes.seqlenK) {
        const scores = qk.slice(row, row + sizes.seqlenK)
        most = Math.max(most, Math.max(...scores) - Math.min(...scores))
      }
    }
    return most
  }

  it('makes scores differ by far more than those of random tensors', async () => {
    for (const layout of ['bsnh', 'bnsh', 'bsn2h'] as const) {
      expect(await steepest({ layout, dtype: 'float16' })).toBeGreaterThan(45)
      expect(await steepest({ layout, dtype: 'float32', softmaxScale: -0.1 })).toBeGreaterThan(9)
    }
  })

  it('leaves problems alone whose scores are more than products', () => {
    const random = new Random(1)
    const problem = defineProblem({ ...sizes, softcap: 5 })
    const bound = randomTensors(problem, random)
    const before = [...bound.k!.data]
    expect(steepenScores(bound, random)).toBe(false)
    expect([...bound.k!.data]).toEqual(before)
  })

  it('is a feature that is counted', async () => {
    const results = await run(reference(), { problems: 20, maxFlops: 1e5, filter: isRandom })
    const steep = results.filter(({ features }) => features.includes('steep-scores'))
    expect(steep.length).toBeGreaterThan(0)
    expect(steep.length).toBeLessThan(20)
  })
})

describe('docs/semantics.md', () => {
  const text = readFileSync(new URL('../../../docs/semantics.md', import.meta.url), 'utf8')
  const lines = [...text.matchAll(/^\| (.+) \| `([a-z0-9-]+)` \|$/gm)]

  it('has a line for each case, and a case for each line', () => {
    expect(lines.map(([, meaning, name]) => [name, meaning])).toEqual(
      CONFORMANCE_CASES.map(({ name, meaning }) => [name, meaning]),
    )
  })
})

function isRandom(name: string): boolean {
  return name.startsWith('random-')
}
