import type { Backend, Estimate, Support } from '../backend/backend.js'
import type { DeviceProperties } from '../backend/device.js'
import type { FoundBackend } from '../backend/find-backends.js'
import type { Note, Reason } from '../backend/reason.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import { type CallNeeds, needNotes, needReasons } from './call-needs.js'
import type { EnvironmentEffect } from './decision.js'
import type { DispatchEnvironment } from './environment.js'
import { familyVerdict } from './family-rules.js'
import { type Policy, policyName } from './policy.js'
import { placementOf, type Target } from './target.js'
import { transferEstimate } from './transfer-estimate.js'

/** What is asked of every backend. */
export interface Question {
  readonly problem: AttentionProblem
  readonly target: Target
  readonly policy: Policy
  readonly environment: DispatchEnvironment
  readonly needs: CallNeeds
}

/** A backend's answer: it can run the problem when there is a device and no reason. */
export interface Assessment {
  readonly backend: Backend
  readonly available: boolean
  readonly device: DeviceProperties | null
  readonly reasons: readonly Reason[]
  readonly notes: readonly Note[]
  readonly estimate?: Estimate
  /** Variables without which this backend would have been treated differently. */
  readonly effects: readonly EnvironmentEffect[]
}

/** `supports()`, with what it throws as a reason: one backend's bug does not stop the others. */
function support(backend: Backend, problem: AttentionProblem, device: DeviceProperties): Support {
  try {
    const { reasons, notes } = backend.supports(problem, device)
    return { reasons: [...reasons], notes: [...notes] }
  } catch (error) {
    const found = error instanceof Error ? error.message : 'a thrown value'
    const subject = `supports() of ${backend.name}`
    return {
      reasons: [{ code: 'contract-mismatch', subject, found, required: 'an answer' }],
      notes: [],
    }
  }
}

function estimate(
  backend: Backend,
  { problem, target }: Question,
  device: DeviceProperties,
): Estimate | undefined {
  const kernel = backend.estimate?.(problem, device)
  if (kernel === undefined || target.location !== 'host' || device.type === 'host') return kernel
  return { ...kernel, microseconds: kernel.microseconds + transferEstimate(problem) }
}

function disableVerdict(name: string, { disabled }: DispatchEnvironment) {
  if (!disabled.has(name)) return { reasons: [], effects: [] }
  const value = [...disabled].join(',')
  const reason: Reason = {
    code: 'disabled-by-environment',
    subject: `the backend ${name}`,
    found: `ATTNKIT_DISABLE=${value}`,
    required: `ATTNKIT_DISABLE without ${name}`,
  }
  const effect: EnvironmentEffect = {
    variable: 'ATTNKIT_DISABLE',
    value,
    effect: `refuses ${name}`,
  }
  return { reasons: [reason], effects: [effect] }
}

function policyReasons(name: string, policy: Policy): readonly Reason[] {
  if (typeof policy === 'string' || policy.only === name) return []
  return [
    {
      code: 'disabled-by-policy',
      subject: `the backend ${name}`,
      found: `the policy ${policyName(policy)}`,
      required: `the policy only(${name}), or one of several backends`,
    },
  ]
}

function transferNotes({ target, problem }: Question, device: DeviceProperties): readonly Note[] {
  if (target.location !== 'host' || device.type === 'host') return []
  const cost = transferEstimate(problem).toFixed(0)
  return [
    { subject: 'placement', text: `host tensors are copied there and back, about ${cost} µs` },
  ]
}

function absenceNotes({ availability }: FoundBackend): readonly Note[] {
  if (availability.status === 'available') return []
  const { code } = availability.reason
  return [{ subject: 'availability', text: `not available on this machine: ${code}` }]
}

/** Asks one backend, and gathers everything that speaks against it. */
export function assessBackend(found: FoundBackend, question: Question): Assessment {
  const { backend, availability } = found
  const { problem, target, policy, environment, needs } = question
  const nothing = { backend, device: null, notes: [], effects: [] }
  const asked = backend.deviceType === 'cuda' && target.imagined?.type === 'cuda'
  const refused = availability.status === 'unavailable' ? [availability.reason] : []
  if (refused[0]?.code === 'contract-mismatch' || (refused.length > 0 && !asked)) {
    return { ...nothing, available: false, reasons: refused }
  }
  const byPolicy = policyReasons(backend.name, policy)
  const placement = placementOf(found, target)
  if ('reason' in placement) {
    return { ...nothing, available: true, reasons: [placement.reason, ...byPolicy] }
  }
  const { device } = placement
  const { reasons: refusals, notes } = support(backend, problem, device)
  const unmet = needReasons(backend, target, device, needs)
  const reasons = [...refusals, ...unmet]
  const { family } = backend.capabilities
  const rules = familyVerdict(family, problem, environment.onnxruntime, policy === 'onnxruntime')
  const disable = disableVerdict(backend.name, environment)
  const all = [...reasons, ...rules.reasons, ...disable.reasons, ...byPolicy]
  const expected = all.length === 0 ? estimate(backend, question, device) : undefined
  return {
    backend,
    available: true,
    device,
    reasons: all,
    notes: [
      ...absenceNotes(found),
      ...(unmet.length === 0 ? needNotes(backend, needs) : []),
      ...transferNotes(question, device),
      ...notes,
    ],
    ...(expected && { estimate: expected }),
    effects: reasons.length + byPolicy.length > 0 ? [] : [...rules.effects, ...disable.effects],
  }
}
