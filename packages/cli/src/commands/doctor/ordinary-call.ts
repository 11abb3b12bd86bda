import { type Attention, type Decision, defineProblem } from '@attnkit/core'

/** A call as a newcomer makes it: BERT's heads, self-attention, float32 in typed arrays. */
const ORDINARY_CALL = defineProblem({ batch: 1, seqlenQ: 128, numHeads: 12, headDim: 64 })

/** Who would run it. */
export function ordinaryDecision(attention: Attention): Decision {
  return attention.explain(ORDINARY_CALL, { location: 'host' })
}
