/** Why a backend cannot run a problem. */
export const PROBLEM_REASON_CODES = [
  'dtype-unsupported',
  'head-dim-unsupported',
  'head-dims-differ',
  'seqlen-too-long',
  'format-unsupported',
  'mask-kind-unsupported',
  'bias-unsupported',
  'bias-alignment',
  'causal-unsupported',
  'window-unsupported',
  'softcap-unsupported',
  'sink-unsupported',
  'gqa-unsupported',
  'varlen-unsupported',
  'past-unsupported',
  'qk-output-unsupported',
  'lse-unsupported',
  'compute-capability',
  'stride-unsupported',
  'size-overflow',
  'placement',
  'contract-mismatch',
  'disabled-by-environment',
  'disabled-by-policy',
  'below-threshold',
  'not-installed',
  'not-supported-yet',
] as const

/** Why a backend is not available on this machine. */
export const LOADER_REASON_CODES = [
  'platform-unsupported',
  'binary-missing',
  'binary-for-other-platform',
  'binary-corrupt',
  'binary-wrong-arch',
  'binary-load-failed',
  'binary-version-mismatch',
  'driver-missing',
  'driver-too-old',
  'device-missing',
  'device-unsupported',
  'system-not-ready',
  'cuda-error',
] as const

export type ReasonCode =
  | (typeof PROBLEM_REASON_CODES)[number]
  | (typeof LOADER_REASON_CODES)[number]

/** One reason why a backend was not used: plain data, so that it can be printed and compared. */
export interface Reason {
  readonly code: ReasonCode
  /** What the reason is about: a problem's field, a file, a variable. */
  readonly subject: string
  readonly found: string
  readonly required: string
  /** What to do about it, where something can be done. */
  readonly remedy?: string
}

/** Something worth knowing about a backend that can run the problem. */
export interface Note {
  readonly subject: string
  readonly text: string
}
