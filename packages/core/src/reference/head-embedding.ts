import type { BoundProblem } from '../backend/plan.js'
import { elementReader } from '../numeric/element-reader.js'
import type { HostTensor } from '../tensor/tensor.js'
import { rmsNorm } from './rms-norm.js'
import { RotaryEmbedding, type Token } from './rotary-embedding.js'

/** Changes one head of a new token, which begins at `at`, in place. */
export type EmbedHead = (vectors: Float64Array, at: number, token: Token) => void

/** What becomes of the heads of Q and of the new K before they meet: their norm, then the rotary embedding. */
export function headEmbeddings(bound: BoundProblem<HostTensor>): {
  readonly q: EmbedHead
  readonly k: EmbedHead
} {
  const { qkNorm, rotary, headDim } = bound.problem
  const rotation = rotary && new RotaryEmbedding(rotary, bound)
  const embeds = (weights: HostTensor | undefined): EmbedHead => {
    const weight = weights && elementReader(weights)
    return (vectors, at, token) => {
      if (qkNorm && weight) rmsNorm(vectors, at, headDim, weight, qkNorm.epsilon)
      rotation?.rotate(vectors, at, token)
    }
  }
  return { q: embeds(bound.qNorm), k: embeds(bound.kNorm) }
}
