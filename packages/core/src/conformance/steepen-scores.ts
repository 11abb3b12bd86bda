import type { BoundProblem } from '../backend/plan.js'
import { headAxes } from '../problem/head-axes.js'
import { headVectors } from '../problem/head-vectors.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Random } from './random.js'
import { tokensOf } from './random-tensors.js'
import { writeElements } from './write-elements.js'

/** By how much scores may differ before exp(): of larger ones, the rounding of float32 alone shows. */
const STEEPEST = { float16: 60, bfloat16: 60, float32: 12, float64: 60 } as const

/**
 * Makes scores rise or fall from the first key to the last, or one key's stand out, so that softmax has to
 * correct what it began with. `false` for problems in which scores are more than a product of queries and keys.
 */
export function steepenScores(bound: BoundProblem<HostTensor>, random: Random): boolean {
  const { problem } = bound
  const { projectionBias, qkNorm, rotary, softcap, seqlenK, past } = problem
  if (projectionBias !== null || qkNorm !== null || rotary !== null || softcap !== 0) return false
  if (seqlenK === (past?.seqlen ?? 0)) return false
  const height = STEEPEST[problem.dtype] * random.pick([-1, -0.2, 0.2, 1])
  const rise = random.pick([ramp, spike(random.integer(0, seqlenK - 1))])
  setFirstElements(bound, 'q', () => 1)
  const scoreOf = (position: number, positions: number) => height * rise(position, positions)
  setFirstElements(bound, 'k', (...at) => scoreOf(...at) / problem.softmaxScale)
  return true
}

type Shape = (position: number, positions: number) => number

const ramp: Shape = (position, positions) => position / positions

function spike(at: number): Shape {
  return (position, positions) => (position === at % positions ? 1 : 0)
}

/** Of each head's vector; positions are those of the sequence, or among all tokens when varlen. */
function setFirstElements(
  { problem, ...tensors }: BoundProblem<HostTensor>,
  role: 'q' | 'k',
  value: Shape,
): void {
  const { heads, seqlen } = headAxes(problem, role)
  const tokens = tokensOf(problem, tensors)[role]
  const positions = problem.varlen ? tokens : seqlen
  let index = 0
  for (const { from } of headVectors(problem, role, tokens)) {
    const position = Math.floor(index++ / heads) % positions
    writeElements(tensors[role]!, [value(position, positions)], from)
  }
}
