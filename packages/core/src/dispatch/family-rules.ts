import type { KernelFamily } from '../backend/capabilities.js'
import type { Reason } from '../backend/reason.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { EnvironmentEffect } from './decision.js'
import type { OnnxruntimeVariable } from './environment-variables.js'

interface FamilyRuleBase {
  readonly variable: OnnxruntimeVariable
  readonly family: KernelFamily
  /** The value that holds under the policy `onnxruntime` when the variable is not set. */
  readonly byDefault: number
  /** What the rule is about, in words. */
  readonly subject: string
  readonly appliesTo: (problem: AttentionProblem) => boolean
}

/** The kernels run only while the variable is `runsAt`. */
interface SwitchRule extends FamilyRuleBase {
  readonly runsAt: 0 | 1
}

/** The kernels run only from the variable's length on. */
interface ThresholdRule extends FamilyRuleBase {
  readonly length: (problem: AttentionProblem) => number
}

/** A rule of ONNX Runtime's dispatch that a variable steers. */
type FamilyRule = SwitchRule | ThresholdRule

const always = () => true

function newKeys({ seqlenK, past }: AttentionProblem): number {
  return seqlenK - (past?.seqlen ?? 0)
}

function isCross({ seqlenQ, seqlenK }: AttentionProblem): boolean {
  return seqlenQ !== seqlenK
}

/** From where on the fused kernels of ONNX Runtime are those it calls TensorRT flash attention. */
const FUSED_FLASH_SEQLEN = 385

/**
 * The switches and thresholds of ONNX Runtime 1.16 (its pull request 17227), by kernel family. Limits
 * of its kernels are not among them: each backend states its own.
 */
const RULES: readonly FamilyRule[] = [
  {
    variable: 'ORT_DISABLE_FLASH_ATTENTION',
    family: 'flash',
    byDefault: 0,
    subject: 'flash attention',
    appliesTo: always,
    runsAt: 0,
  },
  {
    variable: 'ORT_MIN_SEQ_LEN_FLASH_ATTENTION_PACKED_QKV',
    family: 'flash',
    byDefault: 513,
    subject: 'seqlenQ of packed QKV',
    appliesTo: ({ format, operator }) => format === 'QKV' || operator === 'Attention',
    length: ({ seqlenQ }) => seqlenQ,
  },
  {
    variable: 'ORT_DISABLE_FUSED_ATTENTION',
    family: 'fused',
    byDefault: 0,
    subject: 'fused self-attention',
    appliesTo: (problem) => !isCross(problem) && !problem.causal,
    runsAt: 0,
  },
  {
    variable: 'ORT_DISABLE_TRT_FLASH_ATTENTION',
    family: 'fused',
    byDefault: 0,
    subject: `fused attention from ${FUSED_FLASH_SEQLEN} queries on`,
    appliesTo: ({ seqlenQ }) => seqlenQ >= FUSED_FLASH_SEQLEN,
    runsAt: 0,
  },
  {
    variable: 'ORT_DISABLE_FUSED_CROSS_ATTENTION',
    family: 'fused',
    byDefault: 0,
    subject: 'fused cross-attention',
    appliesTo: isCross,
    runsAt: 0,
  },
  {
    variable: 'ORT_ENABLE_FUSED_CAUSAL_ATTENTION',
    family: 'fused',
    byDefault: 0,
    subject: 'fused causal attention',
    appliesTo: ({ causal }) => causal,
    runsAt: 1,
  },
  {
    variable: 'ORT_DISABLE_MEMORY_EFFICIENT_ATTENTION',
    family: 'memory-efficient',
    byDefault: 0,
    subject: 'memory-efficient attention',
    appliesTo: always,
    runsAt: 0,
  },
  {
    variable: 'ORT_MIN_SEQ_LEN_EFFICIENT_ATTENTION_FP32',
    family: 'memory-efficient',
    byDefault: 256,
    subject: 'the longer of queries and new keys in float32',
    appliesTo: ({ dtype }) => dtype === 'float32',
    length: (problem) => Math.max(problem.seqlenQ, newKeys(problem)),
  },
]

function allows(rule: FamilyRule, value: number, problem: AttentionProblem): boolean {
  return 'runsAt' in rule ? value === rule.runsAt : rule.length(problem) >= value
}

function refusal(
  rule: FamilyRule,
  value: number,
  problem: AttentionProblem,
  isSet: boolean,
): Reason {
  const { variable, subject } = rule
  if ('length' in rule) {
    return {
      code: 'below-threshold',
      subject,
      found: `${rule.length(problem)}`,
      required: `at least ${value}`,
      remedy: `set ${variable} to a lower length`,
    }
  }
  return {
    code: isSet ? 'disabled-by-environment' : 'disabled-by-policy',
    subject,
    found: isSet ? `${variable}=${value}` : `${variable} not set`,
    required: `${variable}=${rule.runsAt}`,
  }
}

/** What the rules say of one backend, and which variables made a difference. */
export interface FamilyVerdict {
  readonly reasons: readonly Reason[]
  readonly effects: readonly EnvironmentEffect[]
}

/**
 * Applies ONNX Runtime's rules to a kernel family. A variable that is set acts under every policy; the
 * defaults act only if `useDefaults`, as under the policy `onnxruntime`.
 */
export function familyVerdict(
  family: KernelFamily,
  problem: AttentionProblem,
  settings: ReadonlyMap<OnnxruntimeVariable, number>,
  useDefaults: boolean,
): FamilyVerdict {
  const reasons: Reason[] = []
  const effects: EnvironmentEffect[] = []
  for (const rule of RULES) {
    if (rule.family !== family || !rule.appliesTo(problem)) continue
    const setting = settings.get(rule.variable)
    const value = setting ?? (useDefaults ? rule.byDefault : undefined)
    const allowed = value === undefined || allows(rule, value, problem)
    if (!allowed) reasons.push(refusal(rule, value, problem, setting !== undefined))
    const allowedUnset = !useDefaults || allows(rule, rule.byDefault, problem)
    if (setting === undefined || allowed === allowedUnset) continue
    const effect = `${allowed ? 'allows' : 'refuses'} ${rule.subject}`
    effects.push({ variable: rule.variable, value: `${setting}`, effect })
  }
  return { reasons, effects }
}
