import { describeValue } from '@attnkit/core'
import { type DescMessage, fromBinary, type MessageShape } from '@bufbuild/protobuf'
import { onnxFault, type Place } from './onnx-fault.js'

/** Protocol Buffers count lengths in 31 bits. */
const MAX_BYTES = 2 ** 31 - 1

/**
 * Decodes a message. Whatever the bytes hold, this ends in a message or in an `invalid-argument`, and takes
 * memory in proportion to the bytes alone: lengths that the file says are held against its end.
 */
export function decodeMessage<Desc extends DescMessage>(
  schema: Desc,
  bytes: Uint8Array,
  place: Place,
): MessageShape<Desc> {
  if (!(bytes instanceof Uint8Array)) {
    throw onnxFault(place, describeValue(bytes), 'a Uint8Array')
  }
  if (bytes.byteLength > MAX_BYTES) {
    throw onnxFault(place, `${bytes.byteLength} bytes`, `at most ${MAX_BYTES} bytes`)
  }
  try {
    return fromBinary(schema, bytes, { readUnknownFields: false })
  } catch (cause) {
    const found = `${bytes.byteLength} bytes that are none (${messageOf(cause)})`
    throw onnxFault(place, found, `an ONNX ${schema.name} in Protocol Buffers' format`)
  }
}

function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause)
}
