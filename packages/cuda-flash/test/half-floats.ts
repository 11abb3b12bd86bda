import { type HostTensor, tensor, toFloat16 } from '@attnkit/core'

let seed = 0

/** A float16 tensor of numbers between -1 and 1, others at each call. */
export function halfFloats(...shape: number[]): HostTensor<'float16'> {
  const count = shape.reduce((product, size) => product * size, 1)
  const values = Float32Array.from({ length: count }, () => Math.sin(++seed * 12.9898))
  return tensor(toFloat16(values), shape, 'float16')
}

/** Zeros. */
export function halfZeros(...shape: number[]): HostTensor<'float16'> {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensor(new Uint16Array(count), shape, 'float16')
}
