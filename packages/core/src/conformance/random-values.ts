import { LOWEST_VALUES } from '../numeric/lowest-value.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import type { RoleSpec } from '../problem/tensor-specs.js'
import { type FloatDtype, isFloatDtype } from '../tensor/dtype.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Random } from './random.js'
import { fillElements } from './write-elements.js'

const GOLDEN_ANGLE = Math.PI * (3 - Math.sqrt(5))

/** A tensor for a role that is read: Gaussian numbers where nothing else makes sense. */
export function randomValues(
  problem: AttentionProblem,
  role: TensorRole,
  { dtype, shape }: RoleSpec,
  random: Random,
): HostTensor {
  const tensor = emptyTensor(shape, dtype)
  if (!isFloatDtype(dtype)) return tensor
  const next = role === 'attentionBias' ? biasValues(problem, dtype, random) : turnsOf(role)
  fillElements(tensor, next ?? (() => random.normal()))
  return tensor
}

/** Cosines and sines that are all different, so that it shows which one is used. */
function turnsOf(role: TensorRole): ((at: number) => number) | undefined {
  if (role === 'rotaryCos') return (at) => Math.cos(at * GOLDEN_ANGLE)
  if (role === 'rotarySin') return (at) => Math.sin(at * GOLDEN_ANGLE)
  return undefined
}

/** Biases, in some problems with keys that they hide. */
function biasValues(
  { emptyRows, qkOutput }: AttentionProblem,
  dtype: FloatDtype,
  random: Random,
): (at: number) => number {
  const share = random.pick([0, 0, 0.1, 0.9])
  // Near the lowest number of float16, rounding alone decides what the qk output shows.
  const lowest = emptyRows === 'zero' && qkOutput !== 'biased'
  const hiding = random.pick([
    Number.NEGATIVE_INFINITY,
    lowest ? LOWEST_VALUES[dtype] : Number.NEGATIVE_INFINITY,
  ])
  return () => (random.chance(share) ? hiding : random.normal())
}
