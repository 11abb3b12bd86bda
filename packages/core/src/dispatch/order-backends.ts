import type { KernelFamily } from '../backend/capabilities.js'
import type { Assessment } from './assess-backend.js'
import type { Policy } from './policy.js'

/** ONNX Runtime's order; what it runs where no kernel serves ("unfused") is the host here. */
const FAMILY_ORDER: readonly KernelFamily[] = [
  'flash',
  'fused',
  'memory-efficient',
  'other',
  'cpu',
  'reference',
]

function byFamily(candidates: readonly Assessment[]): readonly Assessment[] {
  const rank = ({ backend }: Assessment) => FAMILY_ORDER.indexOf(backend.capabilities.family)
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
): readonly Assessment[] {
  return policy === 'onnxruntime' ? byFamily(candidates) : bySpeed(candidates)
}
