import { describeValue } from '../errors/describe-value.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { EnvironmentEffect } from './decision.js'
import type { DispatchEnvironment } from './environment.js'
import { only, type Policy, policyName } from './policy.js'

/** The policy of a call, and the variable that set it. */
export interface ResolvedPolicy {
  readonly policy: Policy
  readonly effects: readonly EnvironmentEffect[]
}

/** Throws `invalid-argument` unless `policy` is one, of a backend that is known. */
export function checkPolicy(operator: string, policy: unknown, known: readonly string[]): void {
  if (policy === undefined || policy === 'fastest' || policy === 'onnxruntime') return
  const name: unknown =
    typeof policy === 'object' && policy !== null ? (policy as { only?: unknown }).only : undefined
  if (typeof name !== 'string') {
    const required = "'fastest', 'onnxruntime' or only(name)"
    throw invalidArgument(operator, [{ path: 'policy', found: describeValue(policy), required }])
  }
  if (known.includes(name)) return
  const required = `a known backend: ${known.join(', ')}`
  throw invalidArgument(operator, [{ path: 'policy.only', found: describeValue(name), required }])
}

/** The policy given, else the one of `ATTNKIT_BACKEND`, else `fastest`. */
export function resolvePolicy(
  given: Policy | undefined,
  { backend }: DispatchEnvironment,
): ResolvedPolicy {
  if (given !== undefined) return { policy: given, effects: [] }
  if (backend === null) return { policy: 'fastest', effects: [] }
  const policy = only(backend)
  const effect = `sets the policy ${policyName(policy)}`
  return { policy, effects: [{ variable: 'ATTNKIT_BACKEND', value: backend, effect }] }
}
