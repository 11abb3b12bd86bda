import type { ExplainReport } from '../commands/explain/explain.js'
import { decisionLines } from './decision.js'
import { deviceText } from './device.js'
import { problemText } from './problem.js'
import type { Style } from './style.js'

/** The problem, where it is decided for, and the decision. */
export function explainLines(report: ExplainReport, style: Style): string[] {
  const { problem, as, location, decision } = report
  const place = location === 'host' ? 'tensors on the host' : 'tensors on the GPU'
  const where = as === null ? 'this machine' : deviceText(as)
  return [
    problemText(problem),
    style.faint(`${where}, ${place}, policy ${decision.policy}`),
    ...decisionLines(decision, style),
  ]
}
