import type { AttentionProblem } from '../src/problem/attention-problem.js'

/** Logical values of a call without padding tricks: functions of (batch, head, position, dim). */
export interface NaiveInputs {
  readonly q: (b: number, h: number, i: number, c: number) => number
  readonly k: (b: number, h: number, j: number, c: number) => number
  readonly v: (b: number, h: number, j: number, c: number) => number
  readonly keeps: (b: number, h: number, i: number, j: number) => boolean
  readonly bias: (b: number, h: number, i: number, j: number) => number
  readonly offset: (b: number) => number
  /** How many keys there are, and how many of them are not behind the key length. */
  readonly rows: (b: number) => number
  readonly keys: (b: number) => number
  readonly sink: (h: number) => number | null
}

const HIDDEN = { lowest: -Number.MAX_VALUE, '-inf': Number.NEGATIVE_INFINITY, zero: 0 }

/**
 * One row of a float64 problem by the formula, one number at a time, sharing no code with the reference. `qk`: the
 * scores that the problem asks for.
 */
export function naiveRow(p: AttentionProblem, x: NaiveInputs, b: number, h: number, i: number) {
  const hk = Math.floor((h * p.numHeadsKv) / p.numHeads)
  const keys = Array.from({ length: x.rows(b) }, (_, j) => j)
  const diagonal = i + x.offset(b)
  const inside = (j: number) =>
    j < x.keys(b) &&
    !(p.causal && j > diagonal) &&
    !(p.windowLeft >= 0 && j < diagonal - p.windowLeft) &&
    !(p.windowRight >= 0 && j > diagonal + p.windowRight)
  const scaled = keys.map((j) => {
    let dot = 0
    for (let c = 0; c < p.headDim; c++) dot += x.q(b, h, i, c) * x.k(b, hk, j, c)
    return dot * p.softmaxScale
  })
  const capped = scaled.map((z) => (p.softcap > 0 ? p.softcap * Math.tanh(z / p.softcap) : z))
  const filter = p.mask?.filterValue ?? 0
  const excludes = p.mask !== null && filter <= -1000
  const bias = keys.map((j) => x.bias(b, h, i, j))
  const z = keys.map(
    (j) => capped[j]! + bias[j]! + (!excludes && !x.keeps(b, h, i, j) ? filter : 0),
  )
  const allowed = keys.filter(inside)
  const lowest = p.emptyRows === 'zero' ? -Number.MAX_VALUE : Number.NEGATIVE_INFINITY
  const kept = excludes ? allowed.filter((j) => x.keeps(b, h, i, j)) : allowed
  const chosen = kept.length === 0 && p.emptyRows === 'ignore-mask' ? allowed : kept
  const seen = chosen.filter((j) => bias[j]! > lowest)
  const sink = x.sink(h)
  const total = seen.reduce((sum, j) => sum + Math.exp(z[j]!), sink === null ? 0 : Math.exp(sink))
  const weight = (j: number) => (seen.includes(j) ? Math.exp(z[j]!) / total : 0)
  const output = Array.from({ length: p.headDimV }, (_, c) =>
    seen.reduce((sum, j) => sum + weight(j) * x.v(b, hk, j, c), 0),
  )
  const show = (j: number) => {
    if (p.qkOutput === 'probabilities') return weight(j)
    const covers = p.qkOutput === 'biased' || p.qkHidden === 'zero'
    if (j >= keys.length || (covers && !inside(j))) return HIDDEN[p.qkHidden]
    if (p.qkOutput === 'scaled') return scaled[j]!
    if (p.qkOutput === 'softcapped') return capped[j]!
    return excludes && !x.keeps(b, h, i, j) ? z[j]! + filter : z[j]!
  }
  const lse = seen.length === 0 ? Number.NEGATIVE_INFINITY : Math.log(total)
  return { output, lse, qk: Array.from({ length: p.seqlenK }, (_, j) => show(j)) }
}
