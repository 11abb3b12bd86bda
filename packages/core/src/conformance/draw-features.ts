import type { Capabilities } from '../backend/capabilities.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { ProblemOptions } from '../problem/define-problem.js'
import { formatOf } from '../problem/layout.js'
import { layoutViews } from '../problem/layout-views.js'
import { INDEX_DTYPES } from '../tensor/dtype.js'
import type { DrawnSizes } from './draw-sizes.js'
import type { Random } from './random.js'

type Draw = (random: Random, able: Capabilities, sizes: DrawnSizes) => Partial<ProblemOptions>

/** Draws each feature by itself from what the capabilities allow. */
export function drawFeatures(
  random: Random,
  able: Capabilities,
  sizes: DrawnSizes,
): ProblemOptions {
  const { newKeys, pastSeqlen, ...shape } = sizes
  const options = { ...shape, seqlenK: newKeys + (pastSeqlen ?? 0) }
  const draws = [dtype, visibility, mask, scores, biases, cache, outputs, strides]
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
  return {
    softmaxScale: random.chance(0.8) ? usual : usual * random.pick([-1, 0.1, 2]),
    softcap: able.softcap && random.chance(0.15) ? random.pick([0.5, 2, 30]) : 0,
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

const cache: Draw = (random, able, { layout, newKeys, pastSeqlen }) => {
  const varlen = layout === 'tnh' || layout === 'tn3h'
  const present = able.past && !varlen && random.chance(pastSeqlen === null ? 0.1 : 0.7)
  if (pastSeqlen === null) return { present }
  const spare = random.chance(0.5) ? random.integer(0, 9) : null
  const bufferLength = spare === null ? null : pastSeqlen + newKeys + spare
  return { past: { seqlen: pastSeqlen, bufferLength }, present }
}

const outputs: Draw = (random, able, { layout }) => {
  const varlen = layout === 'tnh' || layout === 'tn3h'
  const modes = able.qkOutputs.filter((mode) => mode !== 'none')
  return {
    softmaxLse: able.softmaxLse && random.chance(0.25),
    ...(modes.length > 0 &&
      !varlen &&
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
