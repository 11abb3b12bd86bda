import { tensor } from '../../tensor/host-tensor.js'
import type { HostTensor } from '../../tensor/tensor.js'

/** An int32 tensor; without a shape, of rank 1. */
export function int32(values: readonly number[], shape = [values.length]): HostTensor {
  return tensor(Int32Array.from(values), shape)
}

/** An int64 tensor; without a shape, of rank 1. */
export function int64(values: readonly number[], shape = [values.length]): HostTensor {
  return tensor(BigInt64Array.from(values, BigInt), shape)
}

/** A tensor of booleans. */
export function bool(values: readonly boolean[], shape: readonly number[]): HostTensor {
  return tensor(Uint8Array.from(values, Number), shape, 'bool')
}
