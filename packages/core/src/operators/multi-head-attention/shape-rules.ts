import { shapeText } from '../../tensor/shape.js'
import type { TensorSpec } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { INPUTS } from './declarations.js'
import type { MultiHeadAttentionRule } from './rules.js'

/** Notes a fault when size `axis` of an input is not `expected`. `meaning`: what it stands for. */
export function requireSize(
  { list, specs }: Arguments,
  input: string,
  axis: number,
  expected: number,
  meaning: string,
  rule: MultiHeadAttentionRule,
): boolean {
  const found = specs.get(input)?.shape[axis]
  return list.require(
    found === expected,
    `${input}.shape[${axis}]`,
    found,
    `${expected} (${meaning})`,
    rule,
  )
}

/** Notes a fault when the rank of an input is none of `ranks`. */
export function requireRank(
  { list }: Arguments,
  input: string,
  { shape }: TensorSpec,
  ranks: readonly number[],
  rule: MultiHeadAttentionRule,
): boolean {
  const isRank = ranks.includes(shape.length)
  if (!isRank) list.add(`${input}.shape`, shapeText(shape), shapesOf(input, ranks), rule)
  return isRank
}

function shapesOf(input: string, ranks: readonly number[]): string {
  const declared = INPUTS.find(({ name }) => name === input)?.shapes ?? []
  const shown = declared.filter((shape) => ranks.includes(shape.split(',').length))
  return `rank ${ranks.join(' or ')}: ${shown.join(' or ')}`
}
