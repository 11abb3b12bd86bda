import type { Machine } from '../machine/machine.js'
import type { ResultRow } from '../report/result.js'
import type { BenchShape } from '../suites/bench-shape.js'
import type { BackendOptions } from '../suites/suites.js'

export interface RunnerOptions {
  /** Names of our backends; absent: those that the suite is about. */
  readonly backends?: readonly string[]
  readonly peers: boolean
  /** The Python that has PyTorch. */
  readonly python: string
  readonly threads: number
  readonly seed: number
  /** Blocks a row, of every contestant. */
  readonly blocks: number
  /** About how long a block on the GPU takes. */
  readonly blockMs: number
  /** What the suite asks of our backends. */
  readonly backendOptions?: BackendOptions
}

export interface MeasuredRow<Row = ResultRow> {
  readonly rows: readonly Row[]
  /** What could not be measured, and why. */
  readonly notes: readonly string[]
}

/** Measures rows on one device, with the peers there are. */
export interface SuiteRunner<Item = BenchShape, Row = ResultRow> {
  readonly machine: Machine
  /** Of the peers. */
  readonly versions: Readonly<Record<string, string>>
  /** What is missing, said once. */
  readonly notes: readonly string[]
  /** What a line calls an item. */
  label(item: Item): string
  measure(item: Item): Promise<MeasuredRow<Row>>
  close(): void
}
