import { shapeText } from '../tensor/shape.js'
import type { InputDeclaration, TensorSpec } from './operator.js'
import type { Arguments } from './read-arguments.js'

/**
 * Notes a fault of `rule` when size `axis` of an input is not `expected`, which `meaning` explains.
 */
export function requireSize(
  { list, specs }: Arguments,
  input: string,
  axis: number,
  expected: number,
  meaning: string,
  rule: string,
): boolean {
  const found = specs.get(input)?.shape[axis]
  const path = `${input}.shape[${axis}]`
  return list.require(found === expected, path, found, `${expected} (${meaning})`, rule)
}

/** Notes a fault of `rule` when the rank of an input is none of `ranks`. */
export function requireRank(
  { declared, list }: Arguments,
  input: string,
  { shape }: TensorSpec,
  ranks: readonly number[],
  rule: string,
): boolean {
  const isRank = ranks.includes(shape.length)
  if (!isRank) list.add(`${input}.shape`, shapeText(shape), shapesOf(declared, input, ranks), rule)
  return isRank
}

/** The declared shapes of an input that have one of `ranks`. */
function shapesOf(
  declared: readonly InputDeclaration[],
  input: string,
  ranks: readonly number[],
): string {
  const shapes = declared.find(({ name }) => name === input)?.shapes ?? []
  const shown = shapes.filter((shape) => ranks.includes(shape.split(',').length))
  return `rank ${ranks.join(' or ')}: ${shown.join(' or ')}`
}
