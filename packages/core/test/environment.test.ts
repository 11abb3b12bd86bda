import { afterEach, describe, expect, it, vi } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { KernelFamily } from '../src/backend/capabilities.js'
import { ONNXRUNTIME_VARIABLES } from '../src/dispatch/environment-variables.js'
import { only, type Policy } from '../src/dispatch/policy.js'
import type { ProblemOptions } from '../src/problem/define-problem.js'
import { DRIVER_MISSING, fakeCuda, fakeHost } from './fakes/fake-backend.js'
import { problemOf } from './fakes/fake-problem.js'

afterEach(() => {
  vi.restoreAllMocks()
})

interface Row {
  readonly variable: string
  readonly value: string
  readonly family: KernelFamily
  readonly problem?: Partial<ProblemOptions>
  /** What comes of it under fastest and only(kernel), and under onnxruntime; '' when it may run. */
  readonly fastest: string
  readonly onnxruntime: string
  /** Whether the variable is listed, under fastest and under onnxruntime. */
  readonly listed: readonly [fastest: boolean, onnxruntime: boolean]
}

const DISABLED = 'disabled-by-environment'
const BELOW = 'below-threshold'
const packed = { layout: 'bsn3h', seqlenQ: 100 } as const
const causal = { causal: true }
const cross = { seqlenQ: 16, seqlenK: 32 }
const longer = { seqlenQ: 385 }
const float32 = { dtype: 'float32', seqlenQ: 100 } as const

const both = (code: string) => ({ fastest: code, onnxruntime: code })
const listed = { listed: [true, true] } as const
const unlisted = { listed: [false, false] } as const

const FLASH = 'ORT_DISABLE_FLASH_ATTENTION'
const FLASH_LENGTH = 'ORT_MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV'
const FUSED = 'ORT_DISABLE_FUSED_ATTENTION'
const FUSED_FLASH = 'ORT_DISABLE_TRT_FLASH_ATTENTION'
const FUSED_CROSS = 'ORT_DISABLE_FUSED_CROSS_ATTENTION'
const FUSED_CAUSAL = 'ORT_ENABLE_FUSED_CAUSAL_ATTENTION'
const MEMEFF = 'ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION'
const MEMEFF_LENGTH = 'ORT_MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32'

const TABLE: readonly Row[] = [
  { variable: FLASH, value: '1', family: 'flash', ...both(DISABLED), ...listed },
  { variable: FLASH, value: '0', family: 'flash', ...both(''), ...unlisted },
  { variable: FLASH, value: '1', family: 'fused', ...both(''), ...unlisted },
  {
    variable: FLASH_LENGTH,
    value: '101',
    family: 'flash',
    problem: packed,
    ...both(BELOW),
    listed: [true, false],
  },
  {
    variable: FLASH_LENGTH,
    value: '100',
    family: 'flash',
    problem: packed,
    ...both(''),
    listed: [false, true],
  },
  {
    variable: FLASH_LENGTH,
    value: '101',
    family: 'flash',
    problem: { seqlenQ: 100 },
    ...both(''),
    ...unlisted,
  },
  {
    variable: FUSED,
    value: '1',
    family: 'fused',
    problem: { seqlenQ: 129 },
    ...both(DISABLED),
    ...listed,
  },
  { variable: FUSED, value: '0', family: 'fused', ...both(''), ...unlisted },
  { variable: FUSED, value: '1', family: 'fused', problem: cross, ...both(''), ...unlisted },
  {
    variable: FUSED_FLASH,
    value: '1',
    family: 'fused',
    problem: longer,
    ...both(DISABLED),
    ...listed,
  },
  { variable: FUSED_FLASH, value: '1', family: 'fused', ...both(''), ...unlisted },
  {
    variable: FUSED_CROSS,
    value: '1',
    family: 'fused',
    problem: cross,
    ...both(DISABLED),
    ...listed,
  },
  { variable: FUSED_CROSS, value: '1', family: 'fused', ...both(''), ...unlisted },
  {
    variable: FUSED_CAUSAL,
    value: '0',
    family: 'fused',
    problem: causal,
    ...both(DISABLED),
    listed: [true, false],
  },
  {
    variable: FUSED_CAUSAL,
    value: '1',
    family: 'fused',
    problem: causal,
    ...both(''),
    listed: [false, true],
  },
  { variable: MEMEFF, value: '1', family: 'memory-efficient', ...both(DISABLED), ...listed },
  { variable: MEMEFF, value: '0', family: 'memory-efficient', ...both(''), ...unlisted },
  {
    variable: MEMEFF_LENGTH,
    value: '101',
    family: 'memory-efficient',
    problem: float32,
    ...both(BELOW),
    listed: [true, false],
  },
  {
    variable: MEMEFF_LENGTH,
    value: '0',
    family: 'memory-efficient',
    problem: float32,
    ...both(''),
    listed: [false, true],
  },
  { variable: MEMEFF_LENGTH, value: '1000', family: 'memory-efficient', ...both(''), ...unlisted },
]

async function verdict({ variable, value, family, problem }: Row, policy: Policy) {
  const attention = await createAttention({
    backends: [fakeHost({ name: 'kernel', family })],
    policy,
    environment: { [variable]: value },
  })
  const decision = attention.explain(problemOf(problem))
  const kernel = decision.candidates.find(({ backend }) => backend === 'kernel')
  return {
    code: kernel?.reasons.map(({ code }) => code).join() ?? 'no kernel',
    runs: decision.backend === 'kernel',
    variables: decision.environment.map((effect) => `${effect.variable}=${effect.value}`),
  }
}

describe("ONNX Runtime's variables", () => {
  for (const row of TABLE) {
    const { variable, value, family, problem = {} } = row
    const title = `${variable}=${value} on ${family} ${JSON.stringify(problem)}`
    const variables = (isListed: boolean) => (isListed ? [`${variable}=${value}`] : [])

    it(`${title}: fastest`, async () => {
      const expected = { code: row.fastest, runs: row.fastest === '' }
      const found = await verdict(row, 'fastest')
      expect(found).toEqual({ ...expected, variables: variables(row.listed[0]) })
    })

    it(`${title}: only`, async () => {
      const expected = { code: row.fastest, runs: row.fastest === '' }
      const found = await verdict(row, only('kernel'))
      expect(found).toEqual({ ...expected, variables: variables(row.listed[0]) })
    })

    it(`${title}: onnxruntime`, async () => {
      const expected = { code: row.onnxruntime, runs: row.onnxruntime === '' }
      const found = await verdict(row, 'onnxruntime')
      expect(found).toEqual({ ...expected, variables: variables(row.listed[1]) })
    })
  }

  it.each(Object.entries(ONNXRUNTIME_VARIABLES))(
    '%s that does not parse is an error',
    async (variable, { kind }) => {
      const allowed = kind === 'boolean' ? '0 or 1' : 'a whole number, 0 or more'
      for (const value of ['true', '-1', '1.5', 'x'.repeat(100)]) {
        await expect(createAttention({ environment: { [variable]: value } })).rejects.toMatchObject(
          {
            code: 'invalid-argument',
            details: { faults: [{ path: variable, required: allowed }] },
          },
        )
      }
      await expect(createAttention({ environment: { [variable]: '' } })).resolves.toBeDefined()
      await expect(createAttention({ environment: { [variable]: ' 1 ' } })).resolves.toBeDefined()
    },
  )

  it('are said together when several do not parse', async () => {
    const environment = { ORT_ENABLE_XQA: 'yes', ATTNKIT_DEBUG: 'all', ATTNKIT_BACKEND: 'gpu' }
    const creation = createAttention({ environment })
    await expect(creation).rejects.toThrowError(/createAttention: 3 faults/)
    await expect(creation).rejects.toThrowError(/ORT_ENABLE_XQA: found "yes", required 0 or 1/)
  })
})

describe('ATTNKIT_BACKEND', () => {
  const backends = [fakeHost({ name: 'a' }), fakeHost({ name: 'b' })]
  const environment = { ATTNKIT_BACKEND: 'b' }

  it('acts as only(name), and is listed', async () => {
    const attention = await createAttention({ backends, environment })
    const decision = attention.explain(problemOf())
    expect(decision).toMatchObject({ backend: 'b', policy: 'only(b)' })
    expect(decision.environment).toEqual([
      { variable: 'ATTNKIT_BACKEND', value: 'b', effect: 'sets the policy only(b)' },
    ])
  })

  it('gives way to a policy given for all calls, or for one', async () => {
    const given = await createAttention({ backends, environment, policy: 'fastest' })
    expect(given.explain(problemOf())).toMatchObject({ backend: 'a', environment: [] })
    const attention = await createAttention({ backends, environment })
    expect(attention.explain(problemOf(), { policy: 'onnxruntime' }).backend).toBe('a')
  })

  it('never falls back', async () => {
    const attention = await createAttention({
      backends: [fakeCuda([], { unavailable: DRIVER_MISSING })],
      environment: { ATTNKIT_BACKEND: 'fake-cuda' },
    })
    expect(() => attention.prepareProblem(problemOf())).toThrowError(
      expect.objectContaining({ code: 'backend-unavailable' }),
    )
  })

  it('names the known backends when it is unknown', async () => {
    await expect(
      createAttention({ backends, environment: { ATTNKIT_BACKEND: '../evil' } }),
    ).rejects.toThrowError('ATTNKIT_BACKEND: found "../evil", required one of a, b, reference')
  })
})

describe('ATTNKIT_DISABLE', () => {
  it('keeps backends from being used, under only as well', async () => {
    const attention = await createAttention({
      backends: [fakeHost({ name: 'a' }), fakeHost({ name: 'b' }), fakeHost({ name: 'c' })],
      environment: { ATTNKIT_DISABLE: 'a, b' },
    })
    const decision = attention.explain(problemOf())
    expect(decision.backend).toBe('c')
    expect(decision.environment.map(({ effect }) => effect)).toEqual(['refuses a', 'refuses b'])
    const forced = attention.explain(problemOf(), { policy: only('a') })
    expect(forced.backend).toBe('')
    expect(forced.candidates.find(({ backend }) => backend === 'a')?.reasons).toMatchObject([
      { code: DISABLED, found: 'ATTNKIT_DISABLE=a,b' },
    ])
  })

  it('refuses names that are not known', async () => {
    await expect(
      createAttention({ environment: { ATTNKIT_DISABLE: 'reference,nope' } }),
    ).rejects.toThrowError('ATTNKIT_DISABLE: found "nope", required one of reference')
  })
})

describe('ATTNKIT_DEBUG', () => {
  it.each([{ ATTNKIT_DEBUG: 'dispatch' }, { ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO: '1' }])(
    '%o prints one line for each decision',
    async (environment) => {
      const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
      const attention = await createAttention({ backends: [fakeHost()], environment })
      attention.prepareProblem(problemOf())
      expect(write.mock.calls).toEqual([
        [
          'attnkit: MultiHeadAttention float16 bsnh, batch 1, seqlen 128, heads 2, head dim 64 → ' +
            'fake fake-plan on host (fastest); reference eligible\n',
        ],
      ])
    },
  )

  it('prints nothing unless asked', async () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
    const attention = await createAttention({ backends: [fakeHost()], environment: {} })
    attention.prepareProblem(problemOf())
    expect(write).not.toHaveBeenCalled()
  })
})
