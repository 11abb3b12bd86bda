import { type Dtype, invalidArgument } from '@attnkit/core'

const ELEMENTS: Partial<Record<Dtype, number>> = { float32: 0, float16: 1, bfloat16: 2 }

/** The number of an element type that the shared kernels know. Throws `invalid-argument`. */
export function elementOf(operator: string, path: string, dtype: Dtype): number {
  const element = ELEMENTS[dtype]
  if (element !== undefined) return element
  throw invalidArgument(operator, [
    { path, found: dtype, required: Object.keys(ELEMENTS).join(', ') },
  ])
}
