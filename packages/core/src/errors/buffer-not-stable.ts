import { AttentionError } from './attention-error.js'

/** What is wrong with the memory under a typed array. */
export type BufferState = 'resizable' | 'shared' | 'detached'

const REMEDIES: Record<BufferState, string> = {
  resizable: 'Copy it into an array of a fixed length, e.g. with slice().',
  shared: 'Copy it into an array over an ArrayBuffer, e.g. with slice().',
  detached: 'Keep the array until the call is done, and transfer or resize its buffer afterwards.',
}

/** The error for memory that can change its size or owner while a kernel reads it. */
export function bufferNotStable(
  operator: string,
  path: string,
  state: BufferState,
): AttentionError {
  return new AttentionError(
    'buffer-not-stable',
    `${operator}: ${path} lies in a buffer that is ${state}, required is an ArrayBuffer of fixed length. ` +
      REMEDIES[state],
    { operator, path, found: state },
  )
}
