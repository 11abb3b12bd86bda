/** A step of text generation, as its definition says it: one batch entry, one head, plain numbers. */
export interface NaiveHead {
  /** Rows of new tokens, and of the past before them. */
  readonly q: readonly (readonly number[])[]
  readonly k: readonly (readonly number[])[]
  readonly v: readonly (readonly number[])[]
  readonly pastKey: readonly (readonly number[])[]
  readonly pastValue: readonly (readonly number[])[]
  readonly qWeights: readonly number[]
  readonly kWeights: readonly number[]
  readonly epsilon: number
  readonly base: number
  readonly interleaved: boolean
  /** How many elements are rotated. */
  readonly rotaryDim: number
}

/** Norm, rotary embedding by place, causal attention over past and new keys. */
export function naiveDecode(head: NaiveHead) {
  const past = head.pastKey.length
  const fresh = head.k.map((row, r) => embed(head, row, head.kWeights, past + r))
  const keys = [...head.pastKey, ...fresh]
  const values = [...head.pastValue, ...head.v]
  const first = keys.length - head.q.length
  const output = head.q.map((row, i) => {
    const query = embed(head, row, head.qWeights, first + i)
    const seen = keys.slice(0, first + i + 1)
    const scores = seen.map((key) => dot(query, key) / Math.sqrt(query.length))
    const largest = Math.max(...scores)
    const weights = scores.map((score) => Math.exp(score - largest))
    const sum = weights.reduce((a, b) => a + b, 0)
    return values[0]!.map((_, d) => dot(weights, column(values, d)) / sum)
  })
  return { output, keys, values }
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, x, i) => sum + x * b[i]!, 0)
}

function column(rows: readonly (readonly number[])[], d: number): number[] {
  return rows.map((row) => row[d]!)
}

function embed(
  { epsilon, base, interleaved, rotaryDim }: NaiveHead,
  row: readonly number[],
  weights: readonly number[],
  position: number,
): number[] {
  const size = Math.sqrt(dot(row, row) / row.length + epsilon)
  const x = row.map((value, d) => (value / size) * weights[d]!)
  const result = [...x]
  for (let pair = 0; pair < rotaryDim / 2; pair++) {
    const [a, b] = interleaved ? [2 * pair, 2 * pair + 1] : [pair, pair + rotaryDim / 2]
    const angle = position / base ** ((2 * pair) / rotaryDim)
    result[a] = x[a]! * Math.cos(angle) - x[b]! * Math.sin(angle)
    result[b] = x[b]! * Math.cos(angle) + x[a]! * Math.sin(angle)
  }
  return result
}
