import type { Reason } from '../backend/reason.js'
import { AttentionError, type AttentionErrorCode } from './attention-error.js'

/** Why one backend was not used. */
export interface BackendReasons {
  readonly backend: string
  readonly reasons: readonly Reason[]
}

function reasonLine({ code, subject, found, required, remedy }: Reason): string {
  const fix = remedy === undefined ? '' : `; to fix it: ${remedy}`
  return `${code}: ${subject}: found ${found}, required ${required}${fix}`
}

function refusal(
  code: AttentionErrorCode,
  operator: string,
  summary: string,
  backends: readonly BackendReasons[],
): AttentionError {
  const lines = backends.flatMap(({ backend, reasons }) =>
    reasons.map((reason) => `  ${backend}  ${reasonLine(reason)}`),
  )
  const reasons = backends.flatMap(({ backend, reasons }) =>
    reasons.map((reason) => ({ backend, ...reason })),
  )
  return new AttentionError(code, [`${operator}: ${summary}`, ...lines].join('\n'), {
    operator,
    reasons,
  })
}

/**
 * The error for a problem that none of the backends can run. `problem` is a few words on it, e.g.
 * `float16, head dim 64, on cuda:0`.
 */
export function noBackendSupports(
  operator: string,
  problem: string,
  backends: readonly BackendReasons[],
): AttentionError {
  return refusal('no-backend-supports', operator, `no backend supports ${problem}`, backends)
}

/** The error for the one backend that the policy allows, when it cannot be used on this machine. */
export function backendUnavailable(
  operator: string,
  backend: string,
  reasons: readonly Reason[],
): AttentionError {
  const summary = `the backend ${backend}, the only one that the policy allows, is not available`
  return refusal('backend-unavailable', operator, summary, [{ backend, reasons }])
}
