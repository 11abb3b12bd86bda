import type { RotarySpec } from '../../problem/attention-problem.js'
import type { Arguments } from '../read-arguments.js'

const BASE = 10000

/** The rotary embedding by E14: halves paired, as in GPT-NeoX; null when there is none. */
export function readRotary({ attributes, list }: Arguments, headDim: number): RotarySpec | null {
  if (!attributes.doRotary) return null
  const given = attributes.rotaryEmbeddingDim as number
  const dim = given || headDim
  const fits = dim > 0 && dim % 2 === 0 && dim <= headDim
  const required = `an even number up to H, ${headDim}, or 0 for an even H`
  list.require(fits, 'rotaryEmbeddingDim', given, required, 'E14')
  return { dim, interleaved: false, base: BASE, tableRows: 0, positions: false }
}
