import type { KernelFamily } from '../backend/capabilities.js'
import type { Reason } from '../backend/reason.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { EnvironmentEffect } from './decision.js'
import { ONNXRUNTIME_VARIABLES, type OnnxruntimeVariable } from './environment-variables.js'
import {
  type OrderRule,
  type OrderStep,
  onnxruntimeOrder,
  type SwitchRule,
  type ThresholdRule,
} from './onnxruntime-order.js'

type Settings = ReadonlyMap<OnnxruntimeVariable, number>
type VariableRule = SwitchRule | ThresholdRule

/** What the rules say of one backend, and which variables made a difference. */
export interface FamilyVerdict {
  readonly reasons: readonly Reason[]
  readonly effects: readonly EnvironmentEffect[]
}

/** A call that is looked at. `useDefaults`: whether variables that are not set have a value. */
interface Case {
  readonly problem: AttentionProblem
  readonly settings: Settings
  readonly useDefaults: boolean
}

const FAMILIES: ReadonlySet<KernelFamily> = new Set(['flash', 'fused', 'memory-efficient'])
const NO_RULES: FamilyVerdict = { reasons: [], effects: [] }

/**
 * Applies ONNX Runtime's rules to a kernel family. A variable that is set acts under every policy; the
 * defaults, and which kernels an operator tries at all, only if `useDefaults`, as under the policy
 * `onnxruntime`.
 */
export function familyVerdict(
  family: KernelFamily,
  problem: AttentionProblem,
  settings: Settings,
  useDefaults: boolean,
): FamilyVerdict {
  if (!FAMILIES.has(family) || (settings.size === 0 && !useDefaults)) return NO_RULES
  const call = { problem, settings, useDefaults }
  const own = stepsOf(family, onnxruntimeOrder(problem.operator), problem)
  if (own.length === 0 && useDefaults) return { reasons: [notTried(family, problem)], effects: [] }
  // An operator that never tries these kernels there may still run them here, with the usual switches.
  const steps =
    own.length > 0 ? own : stepsOf(family, onnxruntimeOrder('MultiHeadAttention'), problem)
  return { reasons: refusals(steps, call), effects: effectsOf(steps, call) }
}

function stepsOf(
  family: KernelFamily,
  order: readonly OrderStep[],
  problem: AttentionProblem,
): readonly OrderStep[] {
  return order.filter((step) => step.family === family && (step.serves?.holds(problem) ?? true))
}

function notTried(family: KernelFamily, { operator }: AttentionProblem): Reason {
  return {
    code: 'disabled-by-policy',
    subject: `${family} kernels`,
    found: `${operator}, which never tries them in ONNX Runtime`,
    required: 'another operator, or the policy fastest',
  }
}

/** None when one of the steps runs, else all that keeps them from it. */
function refusals(steps: readonly OrderStep[], call: Case): readonly Reason[] {
  const perStep = steps.map((step) =>
    step.rules.filter((rule) => !allows(rule, call)).map((rule) => refusal(step, rule, call)),
  )
  return perStep.some((reasons) => reasons.length === 0) ? [] : perStep.flat()
}

function isAbout({ about }: VariableRule, problem: AttentionProblem): boolean {
  return about?.holds(problem) ?? true
}

function valueIn({ variable }: VariableRule, { settings, useDefaults }: Case): number | undefined {
  return (
    settings.get(variable) ?? (useDefaults ? ONNXRUNTIME_VARIABLES[variable].byDefault : undefined)
  )
}

function allows(rule: OrderRule, call: Case): boolean {
  if ('only' in rule) return !call.useDefaults || rule.only.holds(call.problem)
  const value = valueIn(rule, call)
  if (value === undefined || !isAbout(rule, call.problem)) return true
  return 'length' in rule ? rule.length.of(call.problem) >= value : value === rule.runsAt
}

function refusal({ kernels }: OrderStep, rule: OrderRule, call: Case): Reason {
  const { problem, settings } = call
  if ('only' in rule) {
    const found = `${problem.operator} in ${problem.dtype}`
    return { code: 'disabled-by-policy', subject: kernels, found, required: rule.only.text }
  }
  const { variable } = rule
  const value = valueIn(rule, call)
  if ('length' in rule) {
    const found = `${rule.length.of(problem)} ${rule.length.text}`
    const remedy = `set ${variable} to a lower length`
    return {
      code: 'below-threshold',
      subject: kernels,
      found,
      required: `at least ${value}`,
      remedy,
    }
  }
  const isSet = settings.has(variable)
  return {
    code: isSet ? 'disabled-by-environment' : 'disabled-by-policy',
    subject: kernels,
    found: isSet ? `${variable}=${value}` : `${variable} not set`,
    required: `${variable}=${rule.runsAt}`,
  }
}

function runs(steps: readonly OrderStep[], call: Case): boolean {
  return refusals(steps, call).length === 0
}

function without(settings: Settings, removed: OnnxruntimeVariable): Settings {
  return new Map([...settings].filter(([variable]) => variable !== removed))
}

/**
 * The variables without which, one by one or all of them together, it would have come out otherwise
 * whether the kernels run.
 */
function effectsOf(steps: readonly OrderStep[], call: Case): readonly EnvironmentEffect[] {
  const { settings } = call
  const outcome = runs(steps, call)
  const unset = { ...call, settings: new Map() }
  const changed = outcome !== runs(steps, unset)
  return steps.flatMap(({ rules, kernels }) =>
    rules.flatMap((rule) => {
      const setting = 'only' in rule ? undefined : settings.get(rule.variable)
      if ('only' in rule || setting === undefined) return []
      const decidesAlone =
        outcome !== runs(steps, { ...call, settings: without(settings, rule.variable) })
      const takesPart =
        changed && allows(rule, call) === outcome && !allows(rule, unset) === outcome
      if (!decidesAlone && !takesPart) return []
      const effect = `${outcome ? 'allows' : 'refuses'} ${kernels}`
      return [{ variable: rule.variable, value: `${setting}`, effect }]
    }),
  )
}
