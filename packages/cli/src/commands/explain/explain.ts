import {
  type AttentionProblem,
  type Backend,
  type Decision,
  type DeviceProperties,
  invalidArgument,
} from '@attnkit/core'
import { EXIT } from '../../exit-codes.js'
import { openAttention } from '../../open-attention.js'
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
  const problem = problemOf(flags)
  using opened = await openAttention(session)
  const device = flags.as === undefined ? undefined : tunedDevice(opened.backends, flags.as)
  const location = flags.location ?? (device === undefined ? 'host' : 'cuda')
  const decision = opened.attention.explain(problem, {
    ...chosenPolicy(flags),
    location,
    ...(device && { device }),
  })
  const report: ExplainReport = { problem, as: device ?? null, location, decision }
  return {
    exitCode: decision.backend === '' ? EXIT.unsupported : EXIT.ok,
    document: report,
    lines: (style) => explainLines(report, style),
  }
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
