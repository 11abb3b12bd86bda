import { onnxFault, type Place, within } from './onnx-fault.js'

/** More dimensions than any operator has. */
const MAX_RANK = 32

/**
 * The dims of a tensor as a shape. Sizes whose product passes 2^53, where numbers lose units, are refused,
 * also when another size is 0.
 */
export function tensorShape(dims: readonly bigint[], place: Place): readonly number[] {
  const field = within(place, 'dims')
  if (dims.length > MAX_RANK)
    throw onnxFault(field, `${dims.length} of them`, `at most ${MAX_RANK}`)
  let elements = 1
  for (const size of dims) {
    if (size < 0n) throw onnxFault(field, `the size ${size}`, 'sizes from 0 on')
    elements *= Math.max(1, Number(size))
    if (elements > Number.MAX_SAFE_INTEGER) {
      throw onnxFault(field, `(${dims.join(', ')})`, 'at most 2^53 - 1 elements')
    }
  }
  return dims.map(Number)
}
