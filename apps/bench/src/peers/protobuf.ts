/** Writes the wire format of Protocol Buffers: what a small ONNX model needs of it. */
const VARINT = 0
const LENGTH_DELIMITED = 2

function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value
  while (rest > 127) {
    bytes.push((rest % 128) | 128)
    rest = Math.floor(rest / 128)
  }
  return [...bytes, rest]
}

/** A field that holds a non-negative integer. */
export function integerField(field: number, value: number): number[] {
  return [...varint(field * 8 + VARINT), ...varint(value)]
}

/** A field that holds text or an encoded message. */
export function bytesField(field: number, value: string | readonly number[]): number[] {
  const bytes = typeof value === 'string' ? [...new TextEncoder().encode(value)] : value
  return [...varint(field * 8 + LENGTH_DELIMITED), ...varint(bytes.length), ...bytes]
}
