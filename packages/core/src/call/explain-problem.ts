import type { ExplainOptions } from '../attention-types.js'
import { type CallNeeds, NO_NEEDS } from '../dispatch/call-needs.js'
import type { Decision } from '../dispatch/decision.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { CallContext } from './call-context.js'

/** What would run a problem: on the devices of this machine, or on one that only `device` describes. */
export function explainProblem(
  { dispatcher, deviceIndex }: CallContext,
  problem: AttentionProblem,
  { policy, device, location = device?.type ?? 'host' }: ExplainOptions,
  needs: CallNeeds = NO_NEEDS,
): Decision {
  const imagined = device?.type === 'cuda' ? { imagined: device } : {}
  const target = { location, deviceIndex: device?.index ?? deviceIndex, ...imagined }
  return dispatcher.explain(problem, target, policy, needs)
}
