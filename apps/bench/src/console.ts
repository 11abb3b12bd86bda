import type { Output } from './report/progress-bar.js'

/** Where a run writes: results on `stdout`, progress and faults on `stderr`. */
export interface Console {
  readonly stdout: Output
  readonly stderr: Output
  /** Ends a run after the row in hand. */
  readonly signal?: AbortSignal
}
