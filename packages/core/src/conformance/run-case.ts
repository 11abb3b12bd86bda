import { HOST } from '../backend/device.js'
import type { BoundProblem } from '../backend/plan.js'
import type { Reason } from '../backend/reason.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import { computeReference } from '../reference/compute-reference.js'
import type { Float64Outputs } from '../reference/float64-outputs.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { ConformanceTarget } from './conformance-target.js'
import { featuresOf } from './features.js'
import { guardCall } from './guard-call.js'
import { type OutputError, outputErrors } from './output-errors.js'
import { runOnTarget } from './run-on-target.js'

/** Float64 attention of a whole problem. */
export type Oracle = (bound: BoundProblem<HostTensor>) => Promise<Float64Outputs>

/** A problem with its tensors, by name. */
export interface NamedCall {
  readonly name: string
  readonly bound: BoundProblem<HostTensor>
  /** Another one that means the same: its outputs are expected, where it asks for them. */
  readonly same?: BoundProblem<HostTensor>
  /** What its values exercise, beside the features of the problem. */
  readonly features?: readonly string[]
}

/** What came of one case on one backend; plain data. */
export interface CaseResult {
  readonly name: string
  readonly backend: string
  readonly status: 'passed' | 'failed' | 'unsupported'
  /** The kernel that ran; absent when none did. */
  readonly variant?: string
  readonly outputs: readonly OutputError[]
  /** Why it failed, or was not run. */
  readonly reason?: string
  readonly reasons?: readonly Reason[]
  readonly features: readonly string[]
  readonly problem: AttentionProblem
}

/**
 * Runs one call on a target and compares all its outputs with float64 attention. `oracle`: default the
 * reference. Never rejects for what the backend does: its errors are results.
 */
export async function runCase(
  target: ConformanceTarget,
  call: NamedCall,
  oracle: Oracle = computeReference,
): Promise<CaseResult> {
  const { problem } = call.bound
  const { backend } = target
  const base = {
    name: call.name,
    backend: backend.name,
    features: [...featuresOf(problem), ...(call.features ?? [])],
    problem,
    outputs: [],
  }
  const { bound, damaged } = guardCall(call.bound)
  const { reasons } = backend.supports(bound.problem, 'device' in target ? target.device : HOST)
  if (reasons.length > 0) {
    return { ...base, status: 'unsupported', reason: reasonsText(reasons), reasons }
  }
  const expected = await expectedOf(call, oracle)
  try {
    const variant = await runOnTarget(target, bound)
    const outputs = outputErrors(bound, expected)
    const reason = faultText(outputs, damaged())
    const status = reason === null ? 'passed' : 'failed'
    return { ...base, variant, status, outputs, ...(reason !== null && { reason }) }
  } catch (error) {
    return {
      ...base,
      status: 'failed',
      reason: error instanceof Error ? error.message : String(error),
    }
  }
}

async function expectedOf({ bound, same }: NamedCall, oracle: Oracle): Promise<Float64Outputs> {
  const own = await oracle(bound)
  return same ? { ...own, ...(await oracle(same)) } : own
}

function reasonsText(reasons: readonly Reason[]): string {
  return reasons.map(({ code, subject, found }) => `${code}: ${subject} ${found}`).join('; ')
}

function faultText(outputs: readonly OutputError[], damaged: readonly string[]): string | null {
  const wrong = outputs.filter(({ ok }) => !ok)
  const faults = wrong.map(
    ({ name, relError, maxError, allowed }) =>
      `${name}: relative norm ${relError.toExponential(2)} of ${allowed.norm}, ` +
      `largest error ${maxError.toExponential(2)} of ${allowed.max}`,
  )
  for (const name of damaged) faults.push(`${name}: written where it must not be`)
  return faults.length === 0 ? null : faults.join('; ')
}
