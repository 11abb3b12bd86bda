import type { Estimate } from '../backend/backend.js'
import type { Note, Reason } from '../backend/reason.js'

/** One backend's part in a decision. */
export interface Candidate {
  readonly backend: string
  /** `eligible`: could have run it, and another was preferred. */
  readonly status: 'chosen' | 'eligible' | 'rejected' | 'unavailable'
  /** Why not, when rejected or unavailable: all of them. */
  readonly reasons: readonly Reason[]
  readonly notes: readonly Note[]
  readonly estimate?: Estimate
}

/** An environment variable that is set and changed something. */
export interface EnvironmentEffect {
  readonly variable: string
  readonly value: string
  readonly effect: string
}

/** Which kernel runs a call, and why: on every result, in `explain` and in every benchmark row. */
export interface Decision {
  readonly backend: string
  /** The kernel as the plan names it. */
  readonly variant: string
  /** e.g. `host`, `cuda:0`. */
  readonly device: string
  /** e.g. `fastest`, `onnxruntime`, `only(cpu)`. */
  readonly policy: string
  /** In the order of preference. */
  readonly candidates: readonly Candidate[]
  readonly environment: readonly EnvironmentEffect[]
}
