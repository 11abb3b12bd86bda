import type { BoundProblem } from '../backend/plan.js'
import { type ElementReader, elementReader } from '../numeric/element-reader.js'
import type { RotarySpec } from '../problem/attention-problem.js'
import { hostInt32 } from '../problem/index-faults.js'
import type { HostTensor } from '../tensor/tensor.js'

interface Turn {
  readonly cos: ElementReader
  readonly sin: ElementReader
}

/** A new token, counted within its sequence. */
export interface Token {
  readonly batch: number
  readonly index: number
  /** Where it lies among the keys: its position, where no positions are given. */
  readonly key: number
}

/** Turns pairs of elements of a head by angles that grow with the token's position. */
export class RotaryEmbedding {
  readonly #spec: RotarySpec
  readonly #seqlenQ: number
  readonly #positions: Int32Array | undefined
  readonly #turn: (position: number) => Turn

  constructor(spec: RotarySpec, bound: BoundProblem<HostTensor>) {
    this.#spec = spec
    this.#seqlenQ = bound.problem.seqlenQ
    this.#positions = spec.positions ? hostInt32(bound.positions) : undefined
    this.#turn = spec.base === null ? tableTurns(spec, bound) : computedTurns(spec, spec.base)
  }

  /** Rotates the head that begins at `at`, in place. */
  rotate(vectors: Float64Array, at: number, { batch, index, key }: Token): void {
    const { dim, interleaved } = this.#spec
    const { cos, sin } = this.#turn(this.#positions?.[batch * this.#seqlenQ + index] ?? key)
    for (let pair = 0; pair < dim / 2; pair++) {
      const first = interleaved ? at + 2 * pair : at + pair
      const second = interleaved ? first + 1 : first + dim / 2
      const [a, b] = [vectors[first]!, vectors[second]!]
      vectors[first] = a * cos(pair) - b * sin(pair)
      vectors[second] = b * cos(pair) + a * sin(pair)
    }
  }
}

function computedTurns({ dim }: RotarySpec, base: number): (position: number) => Turn {
  const frequencies = Float64Array.from(
    { length: dim / 2 },
    (_, pair) => base ** ((-2 * pair) / dim),
  )
  return (position) => ({
    cos: (pair) => Math.cos(position * frequencies[pair]!),
    sin: (pair) => Math.sin(position * frequencies[pair]!),
  })
}

/** Positions outside of the tables are clamped, as kernels do that cannot refuse them. */
function tableTurns(
  { dim, tableRows }: RotarySpec,
  { rotaryCos, rotarySin }: BoundProblem<HostTensor>,
): (position: number) => Turn {
  const [cos, sin] = [elementReader(rotaryCos!), elementReader(rotarySin!)]
  return (position) => {
    const row = Math.min(Math.max(position, 0), tableRows - 1) * (dim / 2)
    return { cos: (pair) => cos(row + pair), sin: (pair) => sin(row + pair) }
  }
}
