import type { BenchShape } from './bench-shape.js'
import { SEED } from './seed.js'
import { SEED_CPU } from './seed-cpu.js'

export interface Suite {
  readonly name: string
  readonly description: string
  /** Where its tensors live. */
  readonly location: 'host' | 'cuda'
  readonly rows: readonly BenchShape[]
  /** Positions of the rows that `--short` measures. */
  readonly short: readonly number[]
}

/** The positions of the first row of each head dim and format that `keep` allows. */
function pick(rows: readonly BenchShape[], keep: (row: BenchShape) => boolean): number[] {
  return rows.flatMap((row, index) => (keep(row) ? [index] : []))
}

export const SUITES: readonly Suite[] = [
  {
    name: 'seed',
    description: 'the 85 rows of ONNX Runtime pull request 17227, float16, on a GPU',
    location: 'cuda',
    rows: SEED,
    short: pick(SEED, (row) => row.seqlen === 4096 && row.batch === 4),
  },
  {
    name: 'seed-cpu',
    description: 'the same rows made small enough for a processor, float32',
    location: 'host',
    rows: SEED_CPU,
    short: pick(SEED_CPU, (row) => row.seqlen <= 512),
  },
]

export function suiteNamed(name: string): Suite | undefined {
  return SUITES.find((suite) => suite.name === name)
}
