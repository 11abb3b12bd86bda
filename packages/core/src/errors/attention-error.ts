import type { Reason } from '../backend/reason.js'

export const ERROR_CODES = [
  'invalid-argument',
  'no-backend-supports',
  'backend-unavailable',
  'buffer-not-stable',
  'out-of-memory',
  'device-lost',
  'disposed',
  'internal',
] as const

export type AttentionErrorCode = (typeof ERROR_CODES)[number]

/** One thing wrong with the arguments of a call. */
export interface Fault {
  /** The argument, e.g. `key.shape[2]`. */
  readonly path: string
  readonly found: string
  readonly required: string
  /** The rule of the operator that this breaks, e.g. `M3`. */
  readonly rule?: string
}

/** Plain data about an error, for programs. */
export interface AttentionErrorDetails {
  /** The operator or function that was called. */
  readonly operator?: string
  /** Every fault of the arguments, for `invalid-argument`. */
  readonly faults?: readonly Fault[]
  /** Why each backend was not used, for `no-backend-supports` and `backend-unavailable`. */
  readonly reasons?: readonly (Reason & { readonly backend: string })[]
  readonly [key: string]: unknown
}

const errorBrand = Symbol.for('attnkit.error')

/** The only error that attnkit throws on purpose. `code` says what happened, `details` has the data. */
export class AttentionError extends Error {
  override readonly name = 'AttentionError'
  readonly code: AttentionErrorCode
  readonly details: AttentionErrorDetails

  constructor(
    code: AttentionErrorCode,
    message: string,
    details: AttentionErrorDetails = {},
    options?: { readonly cause?: unknown },
  ) {
    super(message, options)
    this.code = code
    this.details = details
    Object.defineProperty(this, errorBrand, { value: true })
  }
}

/** Whether `value` is an {@link AttentionError}, of this or any other copy of this package. */
export function isAttentionError(value: unknown): value is AttentionError {
  return (
    value instanceof Error && (value as unknown as Record<symbol, unknown>)[errorBrand] === true
  )
}
