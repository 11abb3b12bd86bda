import type { AttentionProblem, Decision } from '@attnkit/core'
import type { RowError } from '../accuracy/row-error.js'
import type { BenchShape } from '../suites/bench-shape.js'
import type { Contestant } from '../timer/contestant.js'

/** One of our backends, ready to be measured on one row. */
export interface Subject extends Contestant {
  readonly shape: BenchShape
  readonly decision: Decision
  readonly problem: AttentionProblem
  /** Median microseconds from the call of a planned run until JavaScript has it back. */
  measureCall(): Promise<number>
  /** Runs once into a poisoned output and compares sampled rows with float64. */
  measureError(): Promise<RowError>
  dispose(): void
}
