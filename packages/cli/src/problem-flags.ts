import {
  type AttentionProblem,
  defineProblem,
  FLOAT_DTYPES,
  type FloatDtype,
  FORMATS,
  type Format,
  LAYOUTS,
  type Layout,
  MASK_KINDS,
  type MaskKind,
} from '@attnkit/core'
import type { Command } from 'commander'
import { choice, finiteNumber, wholeNumber, windowFlag } from './flags.js'

/** Flags that state a problem, as commander gives them; what is not given follows from the others. */
export interface ProblemFlags {
  readonly batch: number
  readonly seqlenQ: number
  readonly seqlenK?: number
  readonly heads: number
  readonly kvHeads?: number
  readonly headDim: number
  readonly headDimV?: number
  readonly dtype: FloatDtype
  readonly layout?: Layout
  readonly format?: Format
  readonly causal?: boolean
  readonly window?: readonly [left: number, right: number]
  readonly softcap?: number
  readonly scale?: number
  readonly mask: MaskKind
  readonly attentionBias?: boolean
  readonly past: number
  readonly lse?: boolean
}

/** What messages name where a problem comes from flags, and not from an operator. */
export const PLAIN_PROBLEM = 'explain'

/** Adds the flags that state a problem. */
export function addProblemFlags(command: Command): Command {
  return command
    .option('--batch <n>', 'sequences', wholeNumber(1), 1)
    .option('--seqlen-q <n>', 'queries of a sequence', wholeNumber(1), 1024)
    .option(
      '--seqlen-k <n>',
      'keys of a sequence, past included (default: past and queries)',
      wholeNumber(1),
    )
    .option('--heads <n>', 'heads of Q', wholeNumber(1), 16)
    .option('--kv-heads <n>', 'heads of K and V (default: those of Q)', wholeNumber(1))
    .option('--head-dim <n>', 'size of a head of Q and K', wholeNumber(1), 64)
    .option('--head-dim-v <n>', 'size of a head of V (default: that of Q)', wholeNumber(1))
    .addOption(choice('--dtype <name>', 'element type', FLOAT_DTYPES, 'float16'))
    .addOption(choice('--layout <name>', 'how Q, K and V lie in memory (default: bsnh)', LAYOUTS))
    .addOption(
      choice('--format <name>', 'the same by the input format', FORMATS).conflicts('layout'),
    )
    .option('--causal', 'a query sees its own key and those before')
    .option('--window <left[,right]>', 'a query sees so many keys around its own', windowFlag)
    .option('--softcap <x>', 'scores become x·tanh(score/x)', finiteNumber)
    .option('--scale <x>', 'multiplies the scores (default: 1/√head dim)', finiteNumber)
    .addOption(choice('--mask <kind>', 'key padding mask', MASK_KINDS, 'none'))
    .option('--attention-bias', 'a bias is added to the scores')
    .option('--past <n>', 'keys of earlier calls', wholeNumber(0), 0)
    .option('--lse', 'the log-sum-exp is an output too')
}

const LAYOUT_OF_FORMAT: Readonly<Record<Format, Layout>> = {
  'Q,K,V': 'bsnh',
  'Q,KV': 'bsn2h',
  QKV: 'bsn3h',
}

/**
 * The problem that the flags state. A past shifts the diagonal, as in ONNX Runtime's operators.
 * @throws AttentionError `invalid-argument`
 */
export function problemOf(flags: ProblemFlags): AttentionProblem {
  const { window, mask, past, format } = flags
  const layout = flags.layout ?? (format === undefined ? undefined : LAYOUT_OF_FORMAT[format])
  return defineProblem({
    operator: PLAIN_PROBLEM,
    dtype: flags.dtype,
    batch: flags.batch,
    seqlenQ: flags.seqlenQ,
    numHeads: flags.heads,
    headDim: flags.headDim,
    causal: flags.causal === true,
    causalOffset: past,
    softmaxLse: flags.lse === true,
    mask: mask === 'none' ? null : { kind: mask },
    attentionBias: flags.attentionBias ? {} : null,
    past: past === 0 ? null : { seqlen: past, bufferLength: null },
    present: past > 0,
    ...(layout !== undefined && { layout }),
    ...(flags.seqlenK !== undefined && { seqlenK: flags.seqlenK }),
    ...(flags.kvHeads !== undefined && { numHeadsKv: flags.kvHeads }),
    ...(flags.headDimV !== undefined && { headDimV: flags.headDimV }),
    ...(flags.softcap !== undefined && { softcap: flags.softcap }),
    ...(flags.scale !== undefined && { softmaxScale: flags.scale }),
    ...(window !== undefined && { windowLeft: window[0], windowRight: window[1] }),
  })
}
