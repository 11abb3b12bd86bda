import type { BoundProblem } from '../backend/plan.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Float64Outputs, RowIndex } from './float64-outputs.js'
import { HeadSource, type KeyValueHead } from './head-source.js'
import { Pacer } from './pacer.js'
import { RowAttention } from './row-attention.js'
import { queryTokens, type Sequence, sequences } from './sequences.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Attention in float64, of the whole problem or of the rows given. The tensors must fit the problem
 * (see {@link tensorFaults}) and stay as they are until the promise resolves. Works in slices of a
 * few milliseconds, so that the event loop is never kept waiting for longer.
 */
export async function computeReference(
  bound: BoundProblem<HostTensor>,
  rows?: readonly RowIndex[],
): Promise<Float64Outputs> {
  const all = sequences(bound)
  const work = new ReferenceWork(bound, all)
  return rows ? await work.sampled(rows) : await work.whole()
}

class ReferenceWork {
  readonly #problem: AttentionProblem
  readonly #sequences: readonly Sequence[]
  readonly #pacer = new Pacer()
  readonly #source: HeadSource
  readonly #attention: RowAttention

  constructor(bound: BoundProblem<HostTensor>, all: readonly Sequence[]) {
    this.#problem = bound.problem
    this.#sequences = all
    this.#source = new HeadSource(bound)
    this.#attention = new RowAttention(bound, this.#source, this.#pacer)
  }

  async whole(): Promise<Float64Outputs> {
    const { batch, numHeadsKv, seqlenK, headDim, headDimV } = this.#problem
    const outputs = this.#allocate()
    for (let b = 0; b < batch; b++) {
      for (let headKv = 0; headKv < numHeadsKv; headKv++) {
        const head = await this.#load(b, headKv)
        const firstRow = (b * numHeadsKv + headKv) * seqlenK
        outputs.presentKey?.set(head.keys, firstRow * headDim)
        outputs.presentValue?.set(head.values, firstRow * headDimV)
        await this.#attendGroup(b, headKv, head, outputs)
      }
    }
    return outputs
  }

  async sampled(rows: readonly RowIndex[]): Promise<Float64Outputs> {
    const { headDimV, seqlenK, qkOutput } = this.#problem
    const output = new Float64Array(rows.length * headDimV)
    const softmaxLse = new Float64Array(rows.length)
    const qk = qkOutput === 'none' ? undefined : new Float64Array(rows.length * seqlenK)
    for (const [headOf, positions] of this.#byKeyHead(rows)) {
      const head = await this.#load(...headOf)
      for (const at of positions) {
        const target = {
          output: output.subarray(at * headDimV, (at + 1) * headDimV),
          qk: qk?.subarray(at * seqlenK, (at + 1) * seqlenK),
        }
        softmaxLse[at] = await this.#attention.attend(rows[at]!, head, target)
      }
    }
    return { output, softmaxLse, ...(qk && { qk }) }
  }

  /** Positions in `rows` by the (batch, key head) that they read, so that each is loaded once. */
  #byKeyHead(rows: readonly RowIndex[]) {
    const { numHeads, numHeadsKv } = this.#problem
    const groups = new Map<number, number[]>()
    rows.forEach(({ batch, head }, at) => {
      const key = batch * numHeadsKv + Math.floor(head / (numHeads / numHeadsKv))
      const group = groups.get(key) ?? []
      groups.set(key, group)
      group.push(at)
    })
    return [...groups].map(
      ([key, positions]) =>
        [[Math.floor(key / numHeadsKv), key % numHeadsKv] as const, positions] as const,
    )
  }

  async #load(batch: number, headKv: number): Promise<KeyValueHead> {
    return this.#source.keysAndValues(this.#sequences[batch]!, batch, headKv, this.#pacer)
  }

  async #attendGroup(
    batch: number,
    headKv: number,
    keyHead: KeyValueHead,
    outputs: Float64Outputs,
  ): Promise<void> {
    const group = this.#problem.numHeads / this.#problem.numHeadsKv
    for (let head = headKv * group; head < (headKv + 1) * group; head++) {
      for (let query = 0; query < keyHead.sequence.queries; query++) {
        const row = { batch, head, query }
        const target = this.#targetOf(row, keyHead.sequence, outputs)
        const logSumExp = await this.#attention.attend(row, keyHead, target)
        if (outputs.softmaxLse) outputs.softmaxLse[target.sumAt] = logSumExp
        if (this.#pacer.due) await this.#pacer.rest()
      }
    }
  }

  /** Where a row's results lie in the outputs of the whole problem. */
  #targetOf({ batch, head, query }: RowIndex, sequence: Sequence, outputs: Float64Outputs) {
    const { numHeads, seqlenQ, seqlenK, headDimV, varlen } = this.#problem
    const token = varlen ? sequence.queryStart + query : batch * seqlenQ + query
    const start = (token * numHeads + head) * headDimV
    const padded = (batch * numHeads + head) * seqlenQ + query
    return {
      output: outputs.output.subarray(start, start + headDimV),
      qk: outputs.qk?.subarray(padded * seqlenK, (padded + 1) * seqlenK),
      sumAt: varlen ? head * queryTokens(this.#sequences) + token : padded,
    }
  }

  #allocate(): Float64Outputs {
    const { batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV } = this.#problem
    const tokens = this.#problem.varlen ? queryTokens(this.#sequences) : batch * seqlenQ
    const outputs: Mutable<Float64Outputs> = {
      output: new Float64Array(tokens * numHeads * headDimV),
    }
    if (this.#problem.softmaxLse) outputs.softmaxLse = new Float64Array(tokens * numHeads)
    if (this.#problem.qkOutput !== 'none') {
      outputs.qk = new Float64Array(batch * numHeads * seqlenQ * seqlenK)
    }
    if (this.#problem.present) {
      outputs.presentKey = new Float64Array(batch * numHeadsKv * seqlenK * headDim)
      outputs.presentValue = new Float64Array(batch * numHeadsKv * seqlenK * headDimV)
    }
    return outputs
  }
}
