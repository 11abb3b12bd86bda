import { AttentionError, type AttentionErrorCode, ERROR_CODES } from '@attnkit/core'

const REMEDIES: Partial<Record<AttentionErrorCode, string>> = {
  'invalid-argument': 'Give tensors that fit the problem.',
  'buffer-not-stable':
    'Keep the arrays until the call is done, and transfer or resize their buffers afterwards.',
  'out-of-memory': 'Use smaller tensors, or memory of hostTensor(), which is not copied.',
}

/** What native code said, as a typed error. */
export function nativeError(
  operator: string,
  code: string | undefined,
  message = '',
): AttentionError {
  const known = (ERROR_CODES as readonly string[]).includes(code ?? '')
    ? (code as AttentionErrorCode)
    : 'internal'
  const remedy = REMEDIES[known]
  return new AttentionError(known, `${operator}: ${message}.${remedy ? ` ${remedy}` : ''}`, {
    operator,
    backend: 'cpu',
  })
}

/** Calls native code; what it throws becomes a typed error. */
export function callNative<T>(operator: string, call: () => T): T {
  try {
    return call()
  } catch (cause) {
    if (!(cause instanceof Error)) throw cause
    throw nativeError(operator, (cause as Error & { code?: string }).code, cause.message)
  }
}
