import type { KernelFamily } from '../backend/capabilities.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { Assessment } from './assess-backend.js'
import { onnxruntimeOrder } from './onnxruntime-order.js'
import type { Policy } from './policy.js'

/** What follows where no kernel of ONNX Runtime's order runs. */
const LAST_FAMILIES: readonly KernelFamily[] = ['other', 'cpu', 'reference']

function byFamily(
  candidates: readonly Assessment[],
  problem: AttentionProblem,
): readonly Assessment[] {
  const families = onnxruntimeOrder(problem.operator).map(({ family }) => family)
  const order = [...families, ...LAST_FAMILIES]
  const rank = ({ backend }: Assessment) => order.indexOf(backend.capabilities.family)
  return [...candidates].sort((a, b) => rank(a) - rank(b))
}

function isFaster(candidate: Assessment, best: Assessment): boolean {
  if (candidate.estimate === undefined || best.estimate === undefined) return false
  return candidate.estimate.microseconds < best.estimate.microseconds
}

/** By estimated time where both have one, else as given; the fastest of the rest each time. */
function bySpeed(candidates: readonly Assessment[]): readonly Assessment[] {
  const rest = [...candidates]
  const ordered: Assessment[] = []
  while (rest.length > 0) {
    const best = rest.reduce((best, candidate) => (isFaster(candidate, best) ? candidate : best))
    ordered.push(best)
    rest.splice(rest.indexOf(best), 1)
  }
  return ordered
}

/** The candidates that can run a problem, the preferred one first. */
export function orderBackends(
  candidates: readonly Assessment[],
  policy: Policy,
  problem: AttentionProblem,
): readonly Assessment[] {
  return policy === 'onnxruntime' ? byFamily(candidates, problem) : bySpeed(candidates)
}
