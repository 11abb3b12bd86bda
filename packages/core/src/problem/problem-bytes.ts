import { dtypeBytes } from '../tensor/dtype.js'
import type { AttentionProblem } from './attention-problem.js'
import { HEAD_ROLES, newKeys } from './head-axes.js'
import { tensorSpecs } from './tensor-specs.js'

const COUNTED_AS_HEADS: ReadonlySet<string> = new Set(HEAD_ROLES)
// In a stacked cache.
const HELD_BY_KEYS: ReadonlySet<string> = new Set(['pastValue', 'presentValue'])

/** Bytes that a call reads and writes when it touches each element of its tensors once. */
export function problemBytes(problem: AttentionProblem): number {
  const { batch, seqlenQ, numHeads, numHeadsKv, headDim, headDimV } = problem
  const width = headDim + headDimV
  const heads = batch * width * (seqlenQ * numHeads + newKeys(problem) * numHeadsKv)
  const others = Object.entries(tensorSpecs(problem)).filter(
    ([role]) => !COUNTED_AS_HEADS.has(role) && !(problem.cacheStacked && HELD_BY_KEYS.has(role)),
  )
  return others.reduce(
    (bytes, [, { dtype, minElements }]) => bytes + minElements * dtypeBytes(dtype),
    heads * dtypeBytes(problem.dtype),
  )
}
