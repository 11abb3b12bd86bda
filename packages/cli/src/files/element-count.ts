import { type FileFault, fileError } from './file-fault.js'

/** More dimensions than any operator has; a file that says more is not one of ours. */
const MAX_RANK = 32

/**
 * The number of elements of a shape read from a file. Sizes whose product passes 2^53, where numbers
 * lose units, are refused, also when another size is 0.
 */
export function elementCount(shape: readonly number[], file: string, field: string): number {
  const refuse = (found: string, required: string): never => {
    throw fileError({ file, field, found, required } satisfies FileFault)
  }
  if (shape.length > MAX_RANK) refuse(`${shape.length} dimensions`, `at most ${MAX_RANK}`)
  let product = 1
  let empty = false
  for (const size of shape) {
    if (!Number.isSafeInteger(size) || size < 0) refuse(`size ${size}`, 'whole numbers from 0 on')
    if (size === 0) empty = true
    else product *= size
    if (product > Number.MAX_SAFE_INTEGER) refuse(`(${shape.join(', ')})`, 'at most 2^53 elements')
  }
  return empty ? 0 : product
}
