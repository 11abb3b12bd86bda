import type { Arguments } from './read-arguments.js'

/**
 * The head dim of an input of `heads` heads side by side, by `rule`; null and a fault when there is
 * none.
 */
export function headDimOf(
  { list, specs }: Arguments,
  input: string,
  heads: number,
  rule: string,
): number | null {
  const { shape } = specs.get(input)!
  const axis = shape.length - 1
  const width = shape[axis]!
  const path = `${input}.shape[${axis}]`
  const divides = list.require(width % heads === 0, path, width, `a multiple of ${heads}`, rule)
  const required = `numHeads, ${heads}, times a head dim of at least 1`
  return list.require(width > 0, path, width, required, 'E9') && divides ? width / heads : null
}
