import type { HostTensor } from '@attnkit/core'

/** The first `total` rows of each head of a cache, (…, rows, headDim); a shared buffer has more. */
export function validRows({ data, shape, ...others }: HostTensor, total: number): HostTensor {
  const [rows, headDim] = shape.slice(-2) as [number, number]
  const held = (data as Float32Array).filter((_, i) => Math.floor(i / headDim) % rows < total)
  return { ...others, data: held, shape: [...shape.slice(0, -2), total, headDim] }
}
