import { type HostTensor, tensor } from '@attnkit/core'

/** One tensor of every dtype, small, with values that show a wrong byte. */
export function sampleTensors(): Map<string, HostTensor> {
  return new Map<string, HostTensor>([
    ['float32', tensor(Float32Array.of(1.5, -2, 0, Infinity, -0, 3e-40), [2, 3])],
    ['float64', tensor(Float64Array.of(Math.PI, -1e300), [2])],
    ['float16', tensor(Uint16Array.of(0x3c00, 0xfc00, 1), [3, 1], 'float16')],
    ['bfloat16', tensor(Uint16Array.of(0x3f80, 0xff80), [1, 2, 1], 'bfloat16')],
    ['int32', tensor(Int32Array.of(-1, 2147483647), [2])],
    ['int64', tensor(BigInt64Array.of(-(2n ** 63n), 5n), [2])],
    ['uint8', tensor(Uint8Array.of(0, 255, 7), [3])],
    ['bool', tensor(Uint8Array.of(1, 0, 1), [1, 3], 'bool')],
    ['empty', tensor(new Float32Array(0), [4, 0, 2])],
    ['scalar', tensor(Int32Array.of(12), [])],
  ])
}

/** Parts of a file as one array at offset 0 of its own buffer. */
export function joined(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.byteLength, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.byteLength
  }
  return bytes
}
