import type { BoundProblem } from '../backend/plan.js'
import { type ElementReader, elementReader } from '../numeric/element-reader.js'
import { LOWEST_VALUES } from '../numeric/lowest-value.js'
import { EXCLUSION_THRESHOLD } from '../problem/attention-problem.js'
import type { ScoreView } from '../problem/views.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { RowIndex } from './float64-outputs.js'

type KeyTest = (key: number) => boolean

/** What mask and attention bias do to the keys of one row. */
export interface RowView {
  /** Whether `key` is hidden by a mask that excludes instead of adding. */
  readonly masks: KeyTest
  /** Whether it is hidden by that, or by a bias that hides. */
  readonly excludes: KeyTest
  /** A score with the bias and an additive mask. */
  biased(score: number, key: number): number
}

/** Mask and attention bias of a problem, read row by row. */
export class RowMask {
  readonly #bound: BoundProblem<HostTensor>
  readonly #readMask: ElementReader | undefined
  readonly #readBias: ElementReader | undefined

  constructor(bound: BoundProblem<HostTensor>) {
    this.#bound = bound
    this.#readMask = bound.mask && elementReader(bound.mask)
    this.#readBias = bound.attentionBias && elementReader(bound.attentionBias)
  }

  row(row: RowIndex): RowView {
    const { mask, attentionBias, emptyRows } = this.#bound.problem
    const hides = this.#hides(row)
    const exclusive = mask !== null && mask.filterValue <= EXCLUSION_THRESHOLD
    const addend = mask === null || exclusive ? 0 : mask.filterValue
    const readBias = this.#readBias
    const biasRow = attentionBias && readBias ? rowStart(attentionBias.view, row) : 0
    const lowest = attentionBias ? LOWEST_VALUES[attentionBias.dtype] : 0
    const hidesByBias = (key: number) => readBias !== undefined && readBias(biasRow + key) <= lowest
    const masks = exclusive ? hides : () => false
    return {
      masks,
      excludes: emptyRows === 'zero' ? (key) => masks(key) || hidesByBias(key) : masks,
      biased(score, key) {
        const bias = readBias ? readBias(biasRow + key) : 0
        if (bias === Number.NEGATIVE_INFINITY) return bias
        return addend !== 0 && hides(key) ? score + bias + addend : score + bias
      },
    }
  }

  #hides(row: RowIndex): KeyTest {
    const { mask, batch: batches } = this.#bound.problem
    const read = this.#readMask
    if (mask === null || read === undefined) return () => false
    if (mask.view) {
      const start = rowStart(mask.view, row)
      return (key) => !(read(start + key) > 0)
    }
    const end = read(row.batch)
    const start = mask.kind === 'start-end' ? read(batches + row.batch) : 0
    return (key) => key < start || key >= end
  }
}

function rowStart(view: ScoreView, { batch, head, query }: RowIndex): number {
  return view.offset + batch * view.batchStride + head * view.headStride + query * view.rowStride
}
