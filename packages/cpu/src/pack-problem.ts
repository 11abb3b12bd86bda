import {
  type AttentionProblem,
  type Dtype,
  EXCLUSION_THRESHOLD,
  type HeadView,
  pastRows,
  presentRows,
  QK_OUTPUTS,
  type ScoreView,
  SINK_KINDS,
} from '@attnkit/core'

/** In the order of the native code's enum. */
const DTYPES: readonly Dtype[] = [
  'float32',
  'float16',
  'bfloat16',
  'float64',
  'int32',
  'int64',
  'uint8',
]
const MASKS = ['none', 'lengths', 'start-end', 'values'] as const
const HIDDEN = ['lowest', '-inf', 'zero'] as const

/** The number of a dtype in native code. */
export function dtypeNumber(dtype: Dtype): number {
  return DTYPES.indexOf(dtype === 'bool' ? 'uint8' : dtype)
}

/** The numbers of a problem, in the order in which native code reads them (problem_values.cc). */
export function packProblem(problem: AttentionProblem): Float64Array {
  return Float64Array.from([
    ...sizes(problem),
    ...visibility(problem),
    ...mask(problem),
    ...cache(problem),
    ...embeddings(problem),
    Number(problem.varlen),
    SINK_KINDS.indexOf(problem.sink),
    QK_OUTPUTS.indexOf(problem.qkOutput),
    HIDDEN.indexOf(problem.qkHidden),
    Number(problem.softmaxLse),
    ...headView(problem.q),
    ...headView(problem.k),
    ...headView(problem.v),
    ...headView(problem.output),
  ])
}

function sizes(p: AttentionProblem): number[] {
  const { batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV } = p
  return [dtypeNumber(p.dtype), batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV]
}

function visibility(p: AttentionProblem): number[] {
  const perBatch = p.causalOffset === 'per-batch'
  const offset = p.causalOffset === 'per-batch' ? 0 : p.causalOffset
  const causal = [Number(p.causal), Number(perBatch), offset]
  const lengths = p.keyLengths === 'per-batch' ? [1, 0] : [0, p.keyLengths ?? p.seqlenK]
  return [p.softmaxScale, p.softcap, ...causal, p.windowLeft, p.windowRight, ...lengths]
}

function mask({ mask, emptyRows, attentionBias: bias }: AttentionProblem): number[] {
  const kind = mask === null ? 'none' : mask.view ? 'values' : mask.kind
  const filter = mask?.filterValue ?? 0
  return [
    MASKS.indexOf(kind as (typeof MASKS)[number]),
    ...scoreView(mask?.dtype, mask?.view),
    filter,
    ...(mask === null ? [] : [Number(filter <= EXCLUSION_THRESHOLD)]),
    Number(emptyRows === 'zero'),
    Number(bias !== null),
    ...scoreView(bias?.dtype, bias?.view),
  ]
}

function cache(problem: AttentionProblem): number[] {
  const { projectionBias: bias, past, present } = problem
  return [
    Number(bias?.q ?? false),
    Number(bias?.k ?? false),
    Number(bias?.v ?? false),
    Number(past !== null),
    past?.seqlen ?? 0,
    pastRows(problem),
    Number(past?.perBatch ?? false),
    Number(present),
    present ? presentRows(problem) : 0,
    Number(problem.cacheStacked),
  ]
}

function embeddings({ qkNorm, rotary }: AttentionProblem): number[] {
  return [
    Number(qkNorm !== null),
    qkNorm?.epsilon ?? 0,
    rotary?.dim ?? 0,
    Number(rotary?.interleaved ?? false),
    Number(rotary?.base === null),
    rotary?.base ?? 0,
    rotary?.tableRows ?? 0,
    Number(rotary?.positions ?? false),
  ]
}

function headView({ offset, batchStride, seqStride, headStride }: HeadView): number[] {
  return [offset, batchStride, seqStride, headStride]
}

function scoreView(dtype?: Dtype, view?: ScoreView): number[] {
  const number = dtype === undefined ? 0 : dtypeNumber(dtype)
  if (view === undefined) return [number, 0, 0, 0, 0]
  return [number, view.offset, view.batchStride, view.headStride, view.rowStride]
}
