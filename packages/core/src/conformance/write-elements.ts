import { fromFloat64 } from '../numeric/float64.js'
import { isFloatDtype } from '../tensor/dtype.js'
import type { HostTensor } from '../tensor/tensor.js'

/** Writes numbers into a host tensor from element `at` on, rounded to its dtype. */
export function writeElements(tensor: HostTensor, values: readonly number[], at = 0): void {
  const { dtype, data } = tensor
  if (isFloatDtype(dtype)) {
    ;(data as Float32Array).set(fromFloat64(values, dtype) as Float32Array, at)
  } else if (data instanceof BigInt64Array) data.set(values.map(BigInt), at)
  else (data as Int32Array).set(values, at)
}

/** Fills a host tensor with one number after the other. */
export function fillElements(tensor: HostTensor, next: (at: number) => number): void {
  const block = 4096
  for (let at = 0; at < tensor.data.length; at += block) {
    const length = Math.min(block, tensor.data.length - at)
    writeElements(
      tensor,
      Array.from({ length }, (_, i) => next(at + i)),
      at,
    )
  }
}
