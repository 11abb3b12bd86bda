import { dtypeBytes } from '../tensor/dtype.js'
import type { AttentionProblem } from './attention-problem.js'
import { newKeys } from './head-axes.js'
import { tensorSpecs } from './tensor-specs.js'

/** Bytes that a call reads and writes when it touches each element of its tensors once. */
export function problemBytes(problem: AttentionProblem): number {
  const { batch, seqlenQ, numHeads, numHeadsKv, headDim, headDimV } = problem
  const width = headDim + headDimV
  const heads = batch * width * (seqlenQ * numHeads + newKeys(problem) * numHeadsKv)
  const { q: _q, k: _k, v: _v, output: _output, ...others } = tensorSpecs(problem)
  return Object.values(others).reduce(
    (bytes, { dtype, minElements }) => bytes + minElements * dtypeBytes(dtype),
    heads * dtypeBytes(problem.dtype),
  )
}
