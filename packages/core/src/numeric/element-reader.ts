import type { HostTensor } from '../tensor/tensor.js'
import { bfloat16Values } from './bfloat16.js'
import { float16Values } from './float16.js'

/** Reads one element of a host tensor as a number; NaN outside of the tensor. */
export type ElementReader = (index: number) => number

export function elementReader({ dtype, data }: Pick<HostTensor, 'dtype' | 'data'>): ElementReader {
  if (dtype === 'float16' || dtype === 'bfloat16') {
    const values = dtype === 'float16' ? float16Values() : bfloat16Values()
    const bits = data as Uint16Array
    return (index) => values[bits[index] ?? -1] ?? Number.NaN
  }
  if (data instanceof BigInt64Array) return (index) => Number(data[index] ?? Number.NaN)
  return (index) => data[index] ?? Number.NaN
}
