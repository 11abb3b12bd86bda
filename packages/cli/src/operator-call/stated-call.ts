import {
  type Attributes,
  FORMATS,
  type Format,
  formatOf,
  type Layout,
  type MaskKind,
  type PrepareOptions,
  type Specs,
  type TensorSpec,
} from '@attnkit/core'
import type { ProblemFlags } from '../problem-flags.js'

/** An operator call in shapes, as `attention.explainCall()` takes it. */
export interface StatedCall {
  readonly specs: Specs
  readonly attributes: Attributes
  readonly scalars?: Readonly<Record<string, number>>
  readonly outputs?: PrepareOptions['outputs']
}

/** The sizes that flags state, in the letters of the operators' declarations. */
export interface StatedSizes {
  readonly batch: number
  readonly queries: number
  readonly past: number
  /** Past and new keys. */
  readonly keys: number
  readonly newKeys: number
  readonly heads: number
  readonly kvHeads: number
  readonly headDim: number
  readonly headDimV: number
  readonly format: Format
  readonly headsFirst: boolean
}

/** The flags that only some operators can follow. */
export type OptionalFlag =
  | 'seqlenK'
  | 'kvHeads'
  | 'headDimV'
  | 'causal'
  | 'window'
  | 'softcap'
  | 'attentionBias'
  | 'past'

/** How the flags of a problem become a call of one operator, and which of them it can follow. */
export interface CallForm {
  readonly flags: readonly OptionalFlag[]
  readonly formats: readonly Format[]
  readonly layouts: readonly Layout[]
  readonly masks: readonly MaskKind[]
  readonly state: (sizes: StatedSizes, flags: ProblemFlags) => StatedCall
}

/** Every format. */
export const ANY_FORMAT = FORMATS

export function sizesOf(flags: ProblemFlags): StatedSizes {
  const { batch, seqlenQ: queries, past, heads, headDim, layout } = flags
  const keys = flags.seqlenK ?? past + queries
  return {
    batch,
    queries,
    past,
    keys,
    newKeys: keys - past,
    heads,
    kvHeads: flags.kvHeads ?? heads,
    headDim,
    headDimV: flags.headDimV ?? headDim,
    format: flags.format ?? (layout === undefined ? 'Q,K,V' : formatOf(layout)),
    headsFirst: layout === 'bnsh',
  }
}

/** A tensor of the call's element type; nothing unless `given`. */
export function floats({ dtype }: ProblemFlags, shape: readonly number[], given = true): Given {
  return given ? { dtype, shape } : undefined
}

type Given = TensorSpec | undefined

export function indices(
  dtype: 'int32' | 'int64' | 'bool',
  shape: readonly number[] | undefined,
): Given {
  return shape && { dtype, shape }
}

/** The scores' shape where a bias is asked for. */
export function attentionBias(flags: ProblemFlags, sizes: StatedSizes): Given {
  const { batch, heads, queries, keys } = sizes
  return floats(flags, [batch, heads, queries, keys], flags.attentionBias === true)
}
