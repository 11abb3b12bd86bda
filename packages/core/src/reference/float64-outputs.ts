/** One row of the result: a query, counted within its sequence, of one (batch, head). */
export interface RowIndex {
  readonly batch: number
  readonly head: number
  readonly query: number
}

/**
 * Results in float64, not rounded to the problem's dtype. Of the whole problem, contiguous:
 * `output` (batch, seqlenQ, numHeads, headDimV), (tokens, numHeads, headDimV) when varlen;
 * `softmaxLse` (batch, numHeads, seqlenQ), (numHeads, tokens) when varlen; `qk` (batch, numHeads,
 * seqlenQ, seqlenK); `present*` (batch, numHeadsKv, seqlenK, headDim or headDimV), apart also where the
 * cache is stacked, without the unused rows of a buffer, and 0 behind the keys of a batch entry that has
 * fewer. Of sampled rows: `output` (rows, headDimV), `softmaxLse` (rows), `qk` (rows,
 * seqlenK). Those that the problem does not ask for may be absent.
 */
export interface Float64Outputs {
  readonly output: Float64Array
  readonly softmaxLse?: Float64Array
  readonly qk?: Float64Array
  readonly presentKey?: Float64Array
  readonly presentValue?: Float64Array
}
