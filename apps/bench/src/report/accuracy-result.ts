import type { InputKind } from '../accuracy/accuracy-problems.js'
import type { PeerName, ResultDocument, ResultRow } from './result.js'
import type { NamedRow } from './row-label.js'

/** The error of a peer on the values of a row. */
export interface PeerError {
  readonly rel_error: number
  readonly max_abs_error: number
  /** Our rel_error over its own: above 1 it is the more exact. */
  readonly ratio: number
}

/** The error of one kernel of ours on one problem. */
export interface AccuracyRow
  extends Omit<NamedRow, 'input_width'>,
    Pick<
      ResultRow,
      'layout' | 'backend' | 'variant' | 'head_dim_v' | 'rel_error' | 'max_abs_error' | 'error_rows'
    > {
  readonly inputs: InputKind
  /** Whether the maximum of every block of keys was asked for. */
  readonly exact_softmax: boolean
  readonly peers: Readonly<Partial<Record<PeerName, PeerError>>>
}

/** A file of errors: one run on one device. */
export type AccuracyDocument = ResultDocument<AccuracyRow>
