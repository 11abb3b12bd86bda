import { type HostTensor, tensor } from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'

/** A float32 tensor of normal numbers. */
export function randomFloats(random: Random, ...shape: number[]): HostTensor<'float32'> {
  const count = shape.reduce((product, size) => product * size, 1)
  return tensor(
    Float32Array.from({ length: count }, () => random.normal()),
    shape,
  )
}
