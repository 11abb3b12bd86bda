import {
  type Attention,
  type AttentionProblem,
  type Backend,
  type Decision,
  type DeviceProperties,
  type ExplainedCall,
  type ExplainOptions,
  invalidArgument,
} from '@attnkit/core'
import { EXIT } from '../../exit-codes.js'
import { openAttention } from '../../open-attention.js'
import { stateCall } from '../../operator-call/state-call.js'
import type { Outcome } from '../../outcome.js'
import { chosenPolicy } from '../../policy-flags.js'
import { problemOf } from '../../problem-flags.js'
import { explainLines } from '../../render/explain.js'
import type { Session } from '../../session.js'
import type { ExplainFlags } from './explain-command.js'

/** What `explain --json` prints. */
export interface ExplainReport {
  readonly problem: AttentionProblem
  /** The GPU of `--as`; null when the decision is for this machine. */
  readonly as: DeviceProperties | null
  readonly location: 'host' | 'cuda'
  readonly decision: Decision
}

/** Decides for the problem of the flags, without running it. */
export async function explain(flags: ExplainFlags, session: Session): Promise<Outcome> {
  using opened = await openAttention(session)
  const device = flags.as === undefined ? undefined : tunedDevice(opened.backends, flags.as)
  const location = flags.location ?? (device === undefined ? 'host' : 'cuda')
  const options = { ...chosenPolicy(flags), location, ...(device && { device }) }
  const { problem, decision } = explainFlags(opened.attention, flags, options)
  const report: ExplainReport = { problem, as: device ?? null, location, decision }
  return {
    exitCode: decision.backend === '' ? EXIT.unsupported : EXIT.ok,
    document: report,
    lines: (style) => explainLines(report, style),
  }
}

/** Decides for the problem that the flags state, or for the operator call. */
function explainFlags(
  attention: Attention,
  flags: ExplainFlags,
  options: ExplainOptions,
): ExplainedCall {
  if (flags.operator === undefined) {
    const problem = problemOf(flags)
    return { problem, decision: attention.explain(problem, options) }
  }
  const { specs, attributes, ...stated } = stateCall(flags.operator, flags)
  return attention.explainCall(flags.operator, specs, attributes, { ...options, ...stated })
}

/** The device of a tuning file, from whichever backend has one. */
function tunedDevice(backends: readonly Backend[], name: string): DeviceProperties {
  const tuned = new Map(
    backends.flatMap(({ capabilities }) => Object.entries(capabilities.tunedDevices ?? {})),
  )
  const device = tuned.get(name.toLowerCase())
  if (device !== undefined) return device
  const names = [...tuned.keys()].sort().join(', ')
  const required = names === '' ? 'a GPU that an installed backend is tuned for' : `one of ${names}`
  throw invalidArgument('explain', [{ path: '--as', found: JSON.stringify(name), required }])
}
