import { type AttentionError, invalidArgument } from '@attnkit/core'

/** Where in an ONNX file something stands, for messages. */
export interface Place {
  /** What was asked for, e.g. `readModel`. */
  readonly operator: string
  /** The file, or whatever the bytes are known as. */
  readonly file: string
  /** The part of the file, e.g. `graph.node[0].attribute "scale"`. */
  readonly field: string
}

/** A part of `place`: `graph` and `node[0]` make `graph.node[0]`. */
export function within(place: Place, part: string): Place {
  return { ...place, field: place.field === '' ? part : `${place.field}.${part}` }
}

/** The error for a file that cannot be used: always `invalid-argument`, always with its fault. */
export function onnxFault(
  { operator, file, field }: Place,
  found: string,
  required: string,
): AttentionError {
  const path = field === '' ? file : `${file}: ${field}`
  return invalidArgument(operator, [{ path, found, required }])
}
