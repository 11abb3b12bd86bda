import type { RotarySpec } from '../src/problem/attention-problem.js'

/** A complex number: a pair of elements, or the turn that rotates it. */
type Complex = readonly [re: number, im: number]

const times = ([a, b]: Complex, [c, d]: Complex): Complex => [a * c - b * d, a * d + b * c]

/** Root mean square norm, one number at a time. */
export function naiveNorm(head: readonly number[], weights: readonly number[], epsilon: number) {
  const mean = head.map((x) => x * x).reduce((a, b) => a + b, 0) / head.length
  return head.map((x, c) => (x / Math.sqrt(mean + epsilon)) * weights[c]!)
}

/** The turn of a pair by repeated multiplication, without a cosine of a large angle. */
function computedTurn(position: number, pair: number, { dim, base }: RotarySpec): Complex {
  const angle = Math.exp((-2 * pair * Math.log(base!)) / dim)
  const step: Complex = [Math.cos(angle), Math.sin(angle) * Math.sign(position)]
  return Array.from({ length: Math.abs(position) }, () => step).reduce<Complex>(times, [1, 0])
}

/** Rotary embedding as a product of complex numbers. `table`: the turn of (row, pair), if given. */
export function naiveRotary(
  head: readonly number[],
  position: number,
  rotary: RotarySpec,
  table: (row: number, pair: number) => Complex,
): readonly number[] {
  const { dim, interleaved, base } = rotary
  const turned = [...head]
  for (let pair = 0; pair < dim / 2; pair++) {
    const places = interleaved ? [2 * pair, 2 * pair + 1] : [pair, pair + dim / 2]
    const [re, im] = places as [number, number]
    const turn = base === null ? table(position, pair) : computedTurn(position, pair, rotary)
    ;[turned[re], turned[im]] = times([head[re]!, head[im]!], turn)
  }
  return turned
}
