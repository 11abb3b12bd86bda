import type { Capabilities } from '../backend/capabilities.js'
import type { AttentionProblem, RotarySpec } from '../problem/attention-problem.js'
import type { ProblemOptions } from '../problem/define-problem.js'
import { formatOf, type Layout } from '../problem/layout.js'
import { layoutViews } from '../problem/layout-views.js'
import { INDEX_DTYPES } from '../tensor/dtype.js'
import type { DrawnSizes } from './draw-sizes.js'
import type { Random } from './random.js'

function isVarlen(layout: Layout): boolean {
  return layout === 'tnh' || layout === 'tn3h'
}

type Draw = (random: Random, able: Capabilities, sizes: DrawnSizes) => Partial<ProblemOptions>

/** Draws each feature by itself from what the capabilities allow. */
export function drawFeatures(
  random: Random,
  able: Capabilities,
  sizes: DrawnSizes,
): ProblemOptions {
  const { newKeys, pastSeqlen, ...shape } = sizes
  const options = { ...shape, seqlenK: newKeys + (pastSeqlen ?? 0) }
  const draws = [
    dtype,
    visibility,
    mask,
    scores,
    biases,
    embeddings,
    cache,
    keyLengths,
    outputs,
    strides,
  ]
  return Object.assign(options, ...draws.map((draw) => draw(random, able, sizes)))
}

const dtype: Draw = (random, able) => {
  const dtypes = able.dtypes.filter((name) => name !== 'float64')
  return { dtype: random.pick(dtypes.length > 0 ? dtypes : able.dtypes) }
}

const visibility: Draw = (random, able, { seqlenQ, newKeys, pastSeqlen }) => {
  const causal = able.causal && random.chance(0.4)
  const windowed = able.window && random.chance(0.25)
  const seqlenK = newKeys + (pastSeqlen ?? 0)
  const reach = () => random.logInteger(1, Math.max(seqlenQ, seqlenK)) - 1
  const usual = random.pick([0, seqlenK - seqlenQ, pastSeqlen ?? 0])
  const odd = random.integer(-(seqlenQ >> 2), seqlenK)
  const perBatch = able.causalOffsetPerBatch && random.chance(0.2)
  return {
    causal,
    causalOffset:
      !causal && !windowed ? 0 : perBatch ? 'per-batch' : random.pick([usual, usual, odd]),
    windowLeft: windowed && random.chance(0.7) ? reach() : -1,
    windowRight: windowed && !causal && random.chance(0.7) ? reach() : -1,
  }
}

const mask: Draw = (random, able) => {
  const kinds = able.masks.filter((kind) => kind !== 'none')
  if (kinds.length === 0 || !random.chance(0.4)) return {}
  const kind = random.pick(kinds)
  const counts = kind === 'lengths' || kind === 'start-end'
  const additive = able.additiveMask && random.chance(0.2)
  return {
    mask: {
      kind,
      dtype: counts ? 'int32' : random.pick(INDEX_DTYPES),
      filterValue: additive
        ? -random.integer(1, 8)
        : random.pick([-10000, Number.NEGATIVE_INFINITY]),
    },
    emptyRows: random.pick(['ignore-mask', 'zero']),
  }
}

const scores: Draw = (random, able, { headDim }) => {
  const usual = 1 / Math.sqrt(headDim)
  const precisions = able.softmaxPrecisions ?? ['float32']
  return {
    softmaxScale: random.chance(0.8) ? usual : usual * random.pick([-1, 0.1, 2]),
    softcap: able.softcap && random.chance(0.15) ? random.pick([0.5, 2, 30]) : 0,
    softmaxPrecision: random.chance(0.05) ? random.pick(precisions) : 'float32',
    sink: random.chance(0.2) ? random.pick(['none', ...able.sinks]) : 'none',
  }
}

const biases: Draw = (random, able, { numHeads, numHeadsKv }) => ({
  ...(able.attentionBias &&
    random.chance(0.25) && {
      attentionBias: { broadcast: { batch: random.chance(0.5), heads: random.chance(0.5) } },
    }),
  ...(able.projectionBias &&
    numHeads === numHeadsKv &&
    random.chance(0.25) && {
      projectionBias: random.chance(0.8) ? ALL_PARTS : { ...ALL_PARTS, k: false, v: false },
    }),
})

const ALL_PARTS = { q: true, k: true, v: true }

const embeddings: Draw = (random, able, sizes) => ({
  ...(able.qkNorm &&
    random.chance(0.12) && { qkNorm: { epsilon: random.pick([1e-6, 1e-5, 0.1]) } }),
  ...(able.rotary && sizes.headDim > 1 && random.chance(0.2) && { rotary: rotary(random, sizes) }),
})

function rotary(
  random: Random,
  { layout, headDim, seqlenQ, newKeys, pastSeqlen }: DrawnSizes,
): RotarySpec {
  const half = headDim >> 1
  const rows = newKeys + (pastSeqlen ?? 0) + random.integer(0, 8)
  const base = random.pick([10000, 500, null])
  return {
    dim: 2 * (random.chance(0.6) ? half : random.integer(1, half)),
    interleaved: random.chance(0.5),
    base,
    tableRows: base === null ? rows : 0,
    positions: !isVarlen(layout) && newKeys === seqlenQ && random.chance(0.4),
  }
}

const cache: Draw = (random, able, { layout, headDim, headDimV, newKeys, pastSeqlen }) => {
  const present = able.past && !isVarlen(layout) && random.chance(pastSeqlen === null ? 0.1 : 0.7)
  const cacheStacked = present && headDim === headDimV && random.chance(0.25)
  if (pastSeqlen === null) return { present, cacheStacked }
  const perBatch = able.pastPerBatch === true && random.chance(0.4)
  const rows = random.pick([pastSeqlen, pastSeqlen + newKeys, pastSeqlen + newKeys])
  const bufferLength = random.chance(0.5) ? rows + random.integer(0, 9) : null
  return { past: { seqlen: pastSeqlen, perBatch, bufferLength }, present, cacheStacked }
}

const keyLengths: Draw = (random, able, { layout, newKeys, pastSeqlen }) => {
  if (!able.keyLengths || isVarlen(layout) || !random.chance(0.15)) return {}
  const longest = newKeys + (pastSeqlen ?? 0)
  return { keyLengths: random.chance(0.6) ? 'per-batch' : random.integer(0, longest + 1) }
}

const outputs: Draw = (random, able, { layout }) => {
  const modes = able.qkOutputs.filter((mode) => mode !== 'none')
  return {
    softmaxLse: able.softmaxLse && random.chance(0.25),
    ...(modes.length > 0 &&
      !isVarlen(layout) &&
      random.chance(0.25) && {
        qkOutput: random.pick(modes),
        qkHidden: random.pick(['lowest', '-inf', 'zero'] as const),
      }),
  }
}

// Kernels load 16 bytes at a time: gaps keep every vector aligned to that in any dtype.
const GAP = 16

/** Q, K and V each in a tensor of its own with room between heads, positions and batches. */
const strides: Draw = (random, _able, sizes) => {
  if (formatOf(sizes.layout) !== 'Q,K,V' || !random.chance(0.15)) return {}
  const widened = (dim: number) => dim + GAP
  const wide = { ...sizes, headDim: widened(sizes.headDim), headDimV: widened(sizes.headDimV) }
  const views = layoutViews(sizes.layout, wide)
  const shifted = (view: AttentionProblem['q']) => ({ ...view, offset: view.offset + GAP })
  return { q: shifted(views.q), k: shifted(views.k), v: shifted(views.v) }
}
