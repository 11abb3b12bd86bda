import type { ExplainReport } from '../commands/explain/explain.js'
import { PLAIN_PROBLEM } from '../problem-flags.js'
import { decisionLines } from './decision.js'
import { deviceText } from './device.js'
import { problemText } from './problem.js'
import type { Style } from './style.js'

/** The operator, where the problem comes from one. */
function operatorText({ operator }: ExplainReport['problem']): string {
  return operator === PLAIN_PROBLEM ? '' : `${operator}: `
}

/** The problem, where it is decided for, and the decision. */
export function explainLines(report: ExplainReport, style: Style): string[] {
  const { problem, as, location, decision } = report
  const place = location === 'host' ? 'tensors on the host' : 'tensors on the GPU'
  const where = as === null ? 'this machine' : deviceText(as)
  return [
    operatorText(problem) + problemText(problem),
    style.faint(`${where}, ${place}, policy ${decision.policy}`),
    ...decisionLines(decision, style),
  ]
}
