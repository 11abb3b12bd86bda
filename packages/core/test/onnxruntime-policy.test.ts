import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import type { Candidate, Decision } from '../src/dispatch/decision.js'
import { ONNXRUNTIME_VARIABLES } from '../src/dispatch/environment-variables.js'
import { ONNXRUNTIME_ORDER } from '../src/dispatch/onnxruntime-order.js'
import type { Policy } from '../src/dispatch/policy.js'
import { problemOf } from './fakes/fake-problem.js'
import { onnxruntimeFamilies } from './fakes/onnxruntime-families.js'
import { type PolicyRow, policyRows } from './fakes/policy-rows.js'

/**
 * The truth table. Lengths: queries, / keys when they are others, + past. Variables without `ORT_`. The
 * winner is followed by what refused the other families; those not named could have run.
 */
const TABLES: Readonly<Record<string, string>> = {
  MultiHeadAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 128     |          |                                           | flash            |
Q,K,V | bfloat16 | 128     |          |                                           | flash            | fused: dtype-unsupported
Q,K,V | float32  | 255     |          |                                           | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: below-threshold
Q,K,V | float32  | 256     |          |                                           | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float32  | 255/256 |          |                                           | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float32  | 256/255 |          |                                           | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float32  | 1+256   |          |                                           | cpu              | flash: dtype-unsupported past-unsupported; fused: dtype-unsupported past-unsupported; memory-efficient: past-unsupported below-threshold
Q,K,V | float32  | 100     |          | MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32=100  | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float32  | 100     |          | MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32=101  | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: below-threshold
Q,K,V | float32  | 256     |          | DISABLE_MEMORY_EFFICIENT_ATTENTION=1      | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: disabled-by-environment
Q,K,V | float32  | 256     |          | DISABLE_MEMORY_EFFICIENT_ATTENTION=0      | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float16  | 128     |          | MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32=9999 | flash            |
Q,K,V | float16  | 512     |          |                                           | flash            |
Q,K,V | float16  | 512     |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=999 | flash           |
Q,KV  | float16  | 512     |          |                                           | flash            |
QKV   | float16  | 512     |          |                                           | fused            | flash: below-threshold
QKV   | float16  | 513     |          |                                           | flash            |
QKV   | float16  | 64      |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=0  | flash            |
QKV   | float16  | 64      |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=64 | flash            |
QKV   | float16  | 64      |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=65 | fused            | flash: below-threshold
QKV   | float16  | 513     |          | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
QKV   | float16  | 512     |          | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment below-threshold
QKV   | float16  | 513     |          | DISABLE_FLASH_ATTENTION=0                 | flash            |
QKV   | float16  | 384     |          | DISABLE_TRT_FLASH_ATTENTION=1             | fused            | flash: below-threshold
QKV   | float16  | 385     |          | DISABLE_TRT_FLASH_ATTENTION=1             | memory-efficient | flash: below-threshold; fused: disabled-by-environment
QKV   | float16  | 385     |          | DISABLE_TRT_FLASH_ATTENTION=0             | fused            | flash: below-threshold
QKV   | float16  | 128     |          | DISABLE_FUSED_ATTENTION=1                 | memory-efficient | flash: below-threshold; fused: disabled-by-environment
QKV   | float16  | 128     |          | DISABLE_FUSED_ATTENTION=0                 | fused            | flash: below-threshold
QKV   | float16  | 128     |          | DISABLE_FUSED_CROSS_ATTENTION=1           | fused            | flash: below-threshold
QKV   | float16  | 128     |          | DISABLE_FUSED_ATTENTION=1 DISABLE_MEMORY_EFFICIENT_ATTENTION=1 | cpu | flash: below-threshold; fused: disabled-by-environment; memory-efficient: disabled-by-environment
Q,K,V | float16  | 128     |          | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
Q,K,V | float16  | 128     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_ATTENTION=1 | fused  | flash: disabled-by-environment
Q,K,V | float16  | 128     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 128     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=1 DISABLE_FUSED_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment disabled-by-environment
Q,K,V | float16  | 129     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
Q,K,V | float16  | 129     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 128/129 |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_ATTENTION=1 | fused  | flash: disabled-by-environment
Q,K,V | float16  | 128/129 |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
Q,KV  | float16  | 256     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_ATTENTION=1 | fused  | flash: disabled-by-environment
Q,KV  | float16  | 256     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
Q,KV  | float16  | 256     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=0 | fused | flash: disabled-by-environment
Q,KV  | float16  | 512     |          | DISABLE_FLASH_ATTENTION=1 DISABLE_TRT_FLASH_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 128     | causal   |                                           | flash            | fused: disabled-by-policy
Q,K,V | float16  | 128     | causal   | DISABLE_FLASH_ATTENTION=1                 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-policy
Q,K,V | float16  | 128     | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 128     | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=0 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
Q,K,V | float16  | 128     | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 DISABLE_TRT_FLASH_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 129     | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 DISABLE_TRT_FLASH_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
Q,K,V | float16  | 128     | wide causal | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 DISABLE_TRT_FLASH_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
Q,K,V | float16  | 129     | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 600     | mask:2d  |                                           | cpu              | flash: mask-kind-unsupported; fused: mask-kind-unsupported; memory-efficient: mask-kind-unsupported
Q,K,V | float16  | 600     | mask:lengths |                                       | fused            | flash: mask-kind-unsupported
Q,K,V | float16  | 600     | bias     |                                           | memory-efficient | flash: bias-unsupported; fused: bias-unsupported
Q,K,V | float16  | 1+600   |          |                                           | cpu              | flash: past-unsupported; fused: past-unsupported; memory-efficient: past-unsupported
QKV   | float16  | 600     | bias     | DISABLE_MEMORY_EFFICIENT_ATTENTION=1      | cpu              | flash: bias-unsupported; fused: bias-unsupported; memory-efficient: disabled-by-environment
`,
  Attention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 512     |          |                                           | fused            | flash: below-threshold
Q,K,V | float16  | 513     |          |                                           | flash            |
QKV   | float16  | 512     |          |                                           | fused            | flash: below-threshold
QKV   | float16  | 513     |          |                                           | flash            |
Q,K,V | float16  | 100     |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=100 | flash           |
Q,K,V | float16  | 100     |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=101 | fused           | flash: below-threshold
Q,K,V | float16  | 513     |          | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
Q,K,V | float16  | 512     |          | DISABLE_FUSED_ATTENTION=1                 | memory-efficient | flash: below-threshold; fused: disabled-by-environment
Q,K,V | float16  | 100     |          | DISABLE_FUSED_CROSS_ATTENTION=1           | fused            | flash: below-threshold
Q,K,V | float16  | 384     |          | DISABLE_TRT_FLASH_ATTENTION=1             | fused            | flash: below-threshold
Q,K,V | float16  | 385     |          | DISABLE_TRT_FLASH_ATTENTION=1             | memory-efficient | flash: below-threshold; fused: disabled-by-environment
Q,K,V | float16  | 100     | causal   |                                           | memory-efficient | flash: below-threshold; fused: disabled-by-policy
Q,K,V | float16  | 513     | causal   |                                           | flash            | fused: disabled-by-policy
Q,K,V | float16  | 100     | causal   | ENABLE_FUSED_CAUSAL_ATTENTION=1           | fused            | flash: below-threshold
Q,K,V | float16  | 100     | causal   | DISABLE_FUSED_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 | fused | flash: below-threshold
Q,K,V | float16  | 129     | causal   | DISABLE_TRT_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=1 | memory-efficient | flash: below-threshold; fused: disabled-by-environment
Q,K,V | float32  | 255     |          |                                           | cpu              | flash: dtype-unsupported below-threshold; fused: dtype-unsupported; memory-efficient: below-threshold
Q,K,V | float32  | 256     |          |                                           | memory-efficient | flash: dtype-unsupported below-threshold; fused: dtype-unsupported
Q,K,V | float32  | 513     |          | DISABLE_MEMORY_EFFICIENT_ATTENTION=1      | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: disabled-by-environment
Q,K,V | float16  | 513     | mask:lengths |                                       | fused            | flash: mask-kind-unsupported
Q,K,V | float16  | 513     | bias     |                                           | memory-efficient | flash: bias-unsupported; fused: bias-unsupported
Q,K,V | float16  | 513+7   |          |                                           | cpu              | flash: past-unsupported; fused: past-unsupported; memory-efficient: past-unsupported
`,
  PackedMultiHeadAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 100     | varlen   |                                           | flash            |
QKV   | float16  | 512     | varlen   |                                           | fused            | flash: below-threshold
QKV   | float16  | 513     | varlen   |                                           | flash            |
QKV   | float16  | 100     | varlen   | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=100 | flash           |
Q,K,V | float16  | 100     | varlen   | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=101 | flash           |
Q,K,V | float16  | 100     | varlen   | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
Q,K,V | float16  | 100     | varlen   | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_CROSS_ATTENTION=1 | fused | flash: disabled-by-environment
Q,K,V | float16  | 100     | varlen   | DISABLE_FLASH_ATTENTION=1 DISABLE_FUSED_ATTENTION=1 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
QKV   | float16  | 384     | varlen   | DISABLE_TRT_FLASH_ATTENTION=1             | fused            | flash: below-threshold
QKV   | float16  | 385     | varlen   | DISABLE_TRT_FLASH_ATTENTION=1             | memory-efficient | flash: below-threshold; fused: disabled-by-environment
Q,K,V | float32  | 255     | varlen   |                                           | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: below-threshold
Q,K,V | float32  | 256     | varlen   |                                           | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float32  | 256     | varlen   | DISABLE_MEMORY_EFFICIENT_ATTENTION=1      | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: disabled-by-environment
Q,K,V | float16  | 100     | varlen bias |                                        | memory-efficient | flash: bias-unsupported; fused: bias-unsupported
`,
  PackedAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 1024    | varlen   |                                           | fused            | flash: disabled-by-policy
QKV   | float16  | 100     | varlen   | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=0  | fused            | flash: disabled-by-policy
Q,K,V | float16  | 100     | varlen   | DISABLE_FUSED_ATTENTION=1                 | memory-efficient | flash: disabled-by-policy; fused: disabled-by-environment
Q,K,V | float16  | 384     | varlen   | DISABLE_TRT_FLASH_ATTENTION=1             | fused            | flash: disabled-by-policy
Q,K,V | float16  | 385     | varlen   | DISABLE_TRT_FLASH_ATTENTION=1             | memory-efficient | flash: disabled-by-policy; fused: disabled-by-environment
Q,K,V | float16  | 100     | varlen   | DISABLE_FUSED_ATTENTION=1 DISABLE_MEMORY_EFFICIENT_ATTENTION=1 | memory-efficient | flash: disabled-by-policy; fused: disabled-by-environment
Q,K,V | bfloat16 | 1024    | varlen   |                                           | memory-efficient | flash: disabled-by-policy; fused: dtype-unsupported
Q,K,V | float32  | 1024    | varlen   |                                           | cpu              | flash: dtype-unsupported disabled-by-policy; fused: dtype-unsupported; memory-efficient: disabled-by-policy
Q,K,V | float16  | 100     | varlen bias |                                        | memory-efficient | flash: bias-unsupported disabled-by-policy; fused: bias-unsupported
`,
  GroupQueryAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 64      | causal gqa |                                         | flash            | fused: disabled-by-policy
QKV   | float16  | 64      | causal   | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=65 | flash            | fused: disabled-by-policy
Q,K,V | float16  | 64      | causal gqa | ENABLE_FUSED_CAUSAL_ATTENTION=1         | flash            | fused: disabled-by-policy
Q,K,V | float16  | 64      | causal gqa | DISABLE_FLASH_ATTENTION=1               | memory-efficient | flash: disabled-by-environment; fused: disabled-by-policy
Q,K,V | float16  | 64      | causal gqa | DISABLE_FLASH_ATTENTION=0               | flash            | fused: disabled-by-policy
Q,K,V | float16  | 64      | causal gqa | DISABLE_FLASH_ATTENTION=1 DISABLE_MEMORY_EFFICIENT_ATTENTION=1 | cpu | flash: disabled-by-environment; fused: disabled-by-policy; memory-efficient: disabled-by-environment
Q,K,V | float32  | 64      | causal gqa |                                         | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported disabled-by-policy
Q,K,V | float32  | 64      | causal gqa | MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32=65 | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported disabled-by-policy
Q,K,V | float16  | 64      | causal bias |                                        | memory-efficient | flash: bias-unsupported; fused: bias-unsupported disabled-by-policy
Q,K,V | float16  | 1+64    | causal gqa |                                         | cpu              | flash: past-unsupported; fused: past-unsupported disabled-by-policy; memory-efficient: past-unsupported
`,
  'ai.onnx::Attention': `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 64      |          |                                           | flash            | fused: disabled-by-policy
Q,K,V | float16  | 64      |          | DISABLE_FLASH_ATTENTION=1                 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-policy
Q,K,V | float16  | 64      |          | DISABLE_FLASH_ATTENTION=0                 | flash            | fused: disabled-by-policy
Q,K,V | float32  | 64      |          |                                           | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported disabled-by-policy
Q,K,V | float32  | 64      |          | DISABLE_MEMORY_EFFICIENT_ATTENTION=1      | cpu              | flash: dtype-unsupported; fused: dtype-unsupported disabled-by-policy; memory-efficient: disabled-by-environment
Q,K,V | float16  | 64      | mask:4d  |                                           | cpu              | flash: mask-kind-unsupported; fused: mask-kind-unsupported disabled-by-policy; memory-efficient: mask-kind-unsupported
`,
  problem: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
QKV   | float16  | 512     |          |                                           | fused            | flash: below-threshold
QKV   | float16  | 513     |          |                                           | flash            |
`,
}

/** Under the policy `fastest`, where the defaults do not hold and the variables that are set do. */
const FASTEST: Readonly<Record<string, string>> = {
  MultiHeadAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
QKV   | float16  | 64      |          |                                           | flash            |
QKV   | float16  | 64      |          | MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV=65 | fused            | flash: below-threshold
Q,K,V | float32  | 64      |          |                                           | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
Q,K,V | float32  | 64      |          | MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32=65   | cpu              | flash: dtype-unsupported; fused: dtype-unsupported; memory-efficient: below-threshold
QKV   | float16  | 64      | causal   | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
QKV   | float16  | 64      | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=0 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
`,
  PackedAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 64      | varlen   |                                           | flash            |
Q,K,V | float16  | 64      | varlen   | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
Q,K,V | float32  | 64      | varlen   | DISABLE_MEMORY_EFFICIENT_ATTENTION=1      | memory-efficient | flash: dtype-unsupported; fused: dtype-unsupported
`,
  GroupQueryAttention: `
form  | dtype    | lengths | features | variables                                 | winner           | refused
Q,K,V | float16  | 64      | causal   | DISABLE_FLASH_ATTENTION=1                 | fused            | flash: disabled-by-environment
Q,K,V | float16  | 64      | causal   | DISABLE_FLASH_ATTENTION=1 ENABLE_FUSED_CAUSAL_ATTENTION=0 | memory-efficient | flash: disabled-by-environment; fused: disabled-by-environment
`,
}

async function decide(row: PolicyRow, policy: Policy): Promise<Decision> {
  const { environment, problem } = row
  const attention = await createAttention({ backends: onnxruntimeFamilies(), policy, environment })
  return attention.explain(problemOf(problem))
}

function refusedBy({ candidates }: Decision): string {
  const refused = candidates.filter(({ status }) => status === 'rejected')
  const text = ({ backend, reasons }: Candidate) =>
    `${backend}: ${reasons.map(({ code }) => code).join(' ')}`
  return refused.map(text).sort().join('; ')
}

function checkTables(tables: Readonly<Record<string, string>>, policy: Policy): void {
  for (const row of policyRows(tables)) {
    it(row.title, async () => {
      const decision = await decide(row, policy)
      expect(decision.backend).toBe(row.winner)
      expect(refusedBy(decision)).toBe(row.refused)
    })
  }
}

describe('the policy onnxruntime', () => {
  checkTables(TABLES, 'onnxruntime')

  it('keeps to the order among those that can run, the host last', async () => {
    const [row] = policyRows({ MultiHeadAttention: TABLES.MultiHeadAttention! })
    const { candidates } = await decide(row!, 'onnxruntime')
    const names = candidates.map(({ backend }) => backend)
    expect(names).toEqual(['flash', 'fused', 'memory-efficient', 'cpu', 'reference'])
  })
})

describe('the policy fastest with variables that are set', () => {
  checkTables(FASTEST, 'fastest')
})

describe('the truth table', () => {
  it('has every operator of the order', () => {
    expect(Object.keys(TABLES).sort()).toEqual(
      [...Object.keys(ONNXRUNTIME_ORDER), 'problem'].sort(),
    )
  })

  it.each(Object.entries(ONNXRUNTIME_ORDER))(
    'shows each rule of %s on both sides',
    async (name) => {
      const rows = policyRows({ [name]: TABLES[name]! })
      const decisions = await Promise.all(rows.map((row) => decide(row, 'onnxruntime')))
      const reasons = decisions.flatMap((one) => one.candidates.flatMap((each) => each.reasons))
      for (const { family, kernels, rules } of ONNXRUNTIME_ORDER[name]!) {
        const refusals = reasons.filter(({ subject }) => subject === kernels)
        const shown = refusals.map(({ found, required }) => `${found} ${required}`).join('\n')
        for (const rule of rules) {
          const sign =
            'only' in rule ? rule.only.text : 'length' in rule ? 'at least' : rule.variable
          expect(shown, `${kernels}: refused by ${sign}`).toContain(sign)
        }
        expect(decisions.map(({ backend }) => backend)).toContain(family)
      }
    },
  )

  const settings = Object.entries(ONNXRUNTIME_VARIABLES)
  const steering = settings.filter(([, { steers }]) => !/nothing|debug/.test(steers))

  it.each(steering)('has rows of %s that refuse and that allow', (variable) => {
    const rows = policyRows(TABLES).filter(({ environment }) => variable in environment)
    const values = new Set(rows.map(({ environment }) => environment[variable]))
    expect(values.size).toBeGreaterThan(1)
  })

  const idle = settings.filter(([, { steers }]) => steers === 'nothing')

  it.each(idle)('is the same with %s: there are no kernels that it steers', async (variable) => {
    const [row] = policyRows({ MultiHeadAttention: TABLES.MultiHeadAttention! })
    const without = await decide(row!, 'onnxruntime')
    for (const value of ['0', '1']) {
      const set = { ...row!, environment: { [variable]: value } }
      expect(await decide(set, 'onnxruntime')).toEqual(without)
    }
  })
})
