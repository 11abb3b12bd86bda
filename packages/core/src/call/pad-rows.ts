import { fromFloat64 } from '../numeric/float64.js'
import { dtypeBytes, isFloatDtype } from '../tensor/dtype.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'

/** A mask whose last dimension is `width`: what is added hides its keys. */
export function padRows({ dtype, shape, data }: HostTensor, width: number): HostTensor {
  const leading = shape.slice(0, -1)
  const padded = emptyTensor([...leading, width], dtype)
  // A float mask hides by -Infinity, any other by 0, which it holds already.
  if (isFloatDtype(dtype)) {
    const [hidden] = fromFloat64([Number.NEGATIVE_INFINITY], dtype)
    padded.data.fill(hidden as never)
  }
  const [from, to] = [bytesOf(data), bytesOf(padded.data)]
  const held = (shape.at(-1) ?? 0) * dtypeBytes(dtype)
  const stride = width * dtypeBytes(dtype)
  const rows = leading.reduce((count, size) => count * size, 1)
  for (let row = 0; row < rows; row++) {
    to.set(from.subarray(row * held, (row + 1) * held), row * stride)
  }
  return padded
}

function bytesOf({ buffer, byteOffset, byteLength }: HostTensor['data']): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength)
}
