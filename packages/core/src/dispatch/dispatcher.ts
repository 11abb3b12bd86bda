import type { AbsentBackend } from '../attention-types.js'
import type { HostBackend } from '../backend/backend.js'
import type { DeviceProperties } from '../backend/device.js'
import type { FoundBackend } from '../backend/find-backends.js'
import type { CudaPlan, HostPlan, Plan } from '../backend/plan.js'
import { planKey } from '../backend/plan-key.js'
import { backendUnavailable, noBackendSupports } from '../errors/no-backend-supports.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import { type Assessment, assessBackend } from './assess-backend.js'
import { type CallNeeds, NO_NEEDS } from './call-needs.js'
import type { Candidate, Decision, EnvironmentEffect } from './decision.js'
import { decisionLine, problemText } from './decision-line.js'
import type { DispatchEnvironment } from './environment.js'
import { orderBackends } from './order-backends.js'
import { type Policy, policyName } from './policy.js'
import { RecentlyUsed } from './recently-used.js'
import { checkPolicy, resolvePolicy } from './resolve-policy.js'
import { deviceName, type Target, targetName } from './target.js'

/** A decision, with the plan that carries it out. */
export type Selection = { readonly decision: Decision; readonly device: DeviceProperties } & (
  | { readonly deviceType: 'host'; readonly plan: HostPlan; readonly backend: HostBackend }
  | { readonly deviceType: 'cuda'; readonly plan: CudaPlan }
)

export interface DispatcherOptions {
  readonly found: readonly FoundBackend[]
  readonly absent: readonly AbsentBackend[]
  readonly environment: DispatchEnvironment
  /** Where a call names none. */
  readonly policy?: Policy | undefined
}

/** What was decided before a plan is made. */
interface Verdict {
  readonly chosen: Assessment | undefined
  readonly candidates: readonly Candidate[]
  readonly policy: Policy
  readonly effects: readonly EnvironmentEffect[]
}

/** Chooses a backend for each problem, and keeps the plans made. */
export class Dispatcher {
  readonly #options: DispatcherOptions
  readonly #plans = new RecentlyUsed<Plan>()
  /** Every name that a policy may name. */
  readonly known: readonly string[]

  constructor(options: DispatcherOptions) {
    this.#options = options
    const { found, absent } = options
    this.known = [...found.map(({ backend }) => backend.name), ...absent.map(({ name }) => name)]
    checkPolicy('createAttention', options.policy, this.known)
  }

  /** The backend that runs `problem` and its plan. Throws when there is none. */
  select(
    problem: AttentionProblem,
    target: Target,
    policy?: Policy,
    needs: CallNeeds = NO_NEEDS,
  ): Selection {
    const verdict = this.#decide(problem, target, policy, needs)
    const { chosen } = verdict
    if (chosen === undefined || chosen.device === null) {
      this.#report(problem, decisionOf(verdict, ''))
      throw refusal(problem, target, verdict)
    }
    const plan = this.#plan(chosen, chosen.device, problem)
    const decision = decisionOf(verdict, plan.variant)
    this.#report(problem, decision)
    const { device, backend } = chosen
    return { decision, device, deviceType: backend.deviceType, plan, backend } as Selection
  }

  /** The decision alone. `backend` is empty when there is none. */
  explain(
    problem: AttentionProblem,
    target: Target,
    policy?: Policy,
    needs: CallNeeds = NO_NEEDS,
  ): Decision {
    const verdict = this.#decide(problem, target, policy, needs)
    const { chosen } = verdict
    if (chosen === undefined || chosen.device === null) return decisionOf(verdict, '')
    return decisionOf(verdict, this.#plan(chosen, chosen.device, problem).variant)
  }

  clear(): void {
    this.#plans.clear()
  }

  #decide(
    problem: AttentionProblem,
    target: Target,
    given: Policy | undefined,
    needs: CallNeeds,
  ): Verdict {
    const { found, absent, environment } = this.#options
    checkPolicy(problem.operator, given, this.known)
    const { policy, effects } = resolvePolicy(given ?? this.#options.policy, environment)
    const question = { problem, target, policy, environment, needs }
    const assessed = found.map((backend) => assessBackend(backend, question))
    const able = assessed.filter(({ reasons }) => reasons.length === 0)
    const ordered = orderBackends(able, policy, problem)
    const refused = assessed.filter(({ reasons }) => reasons.length > 0)
    return {
      chosen: ordered[0],
      candidates: [
        ...ordered.map((one, rank) => candidate(one, rank === 0 ? 'chosen' : 'eligible')),
        ...refused.map((one) => candidate(one, one.available ? 'rejected' : 'unavailable')),
        ...absent.map(absentCandidate),
      ],
      policy,
      effects: [...effects, ...distinct(assessed.flatMap((one) => one.effects))],
    }
  }

  #plan({ backend }: Assessment, device: DeviceProperties, problem: AttentionProblem): Plan {
    const key = `${backend.name}|${deviceName(device)}|${device.name}|${planKey(problem)}`
    return this.#plans.get(key, () => backend.plan(problem, device))
  }

  #report(problem: AttentionProblem, decision: Decision): void {
    if (this.#options.environment.debug) {
      process.stderr.write(`${decisionLine(problem, decision)}\n`)
    }
  }
}

function candidate(assessment: Assessment, status: Candidate['status']): Candidate {
  const { backend, reasons, notes, estimate } = assessment
  return { backend: backend.name, status, reasons, notes, ...(estimate && { estimate }) }
}

function absentCandidate({ name, reason }: AbsentBackend): Candidate {
  return { backend: name, status: 'unavailable', reasons: [reason], notes: [] }
}

function distinct(effects: readonly EnvironmentEffect[]): readonly EnvironmentEffect[] {
  const seen = new Map(effects.map((one) => [`${one.variable} ${one.effect}`, one]))
  return [...seen.values()]
}

function decisionOf(verdict: Verdict, variant: string): Decision {
  const { chosen, candidates, policy, effects } = verdict
  return Object.freeze({
    backend: chosen?.backend.name ?? '',
    variant,
    device: chosen?.device ? deviceName(chosen.device) : '',
    policy: policyName(policy),
    candidates,
    environment: effects,
  })
}

function refusal(
  problem: AttentionProblem,
  target: Target,
  { candidates, policy }: Verdict,
): Error {
  const { operator } = problem
  const summary = `${problemText(problem)}, with tensors on ${targetName(target)}`
  if (typeof policy === 'string') return noBackendSupports(operator, summary, candidates)
  const asked = candidates.filter(({ backend }) => backend === policy.only)
  const [one] = asked
  if (one?.status === 'unavailable') return backendUnavailable(operator, one.backend, one.reasons)
  return noBackendSupports(operator, `${summary}, under the policy ${policyName(policy)}`, asked)
}
