import {
  DTYPES,
  type Dtype,
  describeValue,
  dtypeBytes,
  elementCount,
  type Fault,
  invalidArgument,
  isDtype,
  isShape,
} from '@attnkit/core'
import type { Contents } from './allocation.js'

/** A shape and dtype that a caller gave, checked, with their size. Throws `invalid-argument`. */
export function contentsOf(operator: string, shape: readonly number[], dtype: Dtype): Contents {
  const faults: Fault[] = []
  if (!isShape(shape)) {
    faults.push({ path: 'shape', found: describeValue(shape), required: 'a list of sizes' })
  }
  if (!isDtype(dtype)) {
    faults.push({ path: 'dtype', found: describeValue(dtype), required: DTYPES.join(', ') })
  }
  if (faults.length > 0) throw invalidArgument(operator, faults)
  const bytes = elementCount(shape) * dtypeBytes(dtype)
  if (Number.isSafeInteger(bytes)) return { dtype, shape: Object.freeze([...shape]), bytes }
  throw invalidArgument(operator, [
    { path: 'shape', found: `${bytes} bytes`, required: 'fewer than 2^53 bytes' },
  ])
}
