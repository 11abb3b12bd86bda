import { AttentionError, type AttentionErrorCode } from '@attnkit/core'

/** What a native function returns when it failed. */
export interface NativeStatus {
  readonly code: Exclude<
    AttentionErrorCode,
    'no-backend-supports' | 'buffer-not-stable' | 'disposed'
  >
  /** `cudaError_t`; 0 when CUDA is not the cause. */
  readonly cudaError: number
  readonly message: string
}

/** What a native function returns: nothing when all went well. */
export type Outcome = NativeStatus | undefined

const REMEDIES: Partial<Record<AttentionErrorCode, string>> = {
  'device-lost':
    'The device cannot be used any more in this process: start a new one. compute-sanitizer finds the access that caused it.',
  'out-of-memory': 'Dispose tensors that are not needed, or use smaller ones.',
  'backend-unavailable': 'attnkit doctor says what this machine lacks.',
}

/** The error for a native status. `operator` names what was called. */
export function nativeError(operator: string, status: NativeStatus): AttentionError {
  const remedy = REMEDIES[status.code]
  const message = `${operator}: ${status.message}${remedy === undefined ? '' : `. ${remedy}`}`
  return new AttentionError(status.code, message, { operator, cudaError: status.cudaError })
}

/** Throws when a native function failed. Costs nothing when it did not. */
export function check(operator: string, outcome: Outcome): void {
  if (outcome !== undefined) throw nativeError(operator, outcome)
}
