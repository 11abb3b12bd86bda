import { type BenchShape, shapeLabel } from './bench-shape.js'
import { CAUSAL } from './causal.js'
import { DECODE } from './decode.js'
import { DECODE_CPU } from './decode-cpu.js'
import { HALF_CPU } from './half-cpu.js'
import { PROJECTION_CPU } from './projection-cpu.js'
import { SEED } from './seed.js'
import { SEED_CPU } from './seed-cpu.js'

/** Options of our backends, by their names. */
export type BackendOptions = Readonly<Record<string, Readonly<Record<string, unknown>>>>

export interface Suite {
  readonly name: string
  readonly description: string
  /** Where its tensors live. */
  readonly location: 'host' | 'cuda'
  readonly rows: readonly BenchShape[]
  /** What `--short` measures: a row of each kind. */
  readonly shortRows: readonly BenchShape[]
  /** What its rows are measured with, where that is not as backends do by themselves. */
  readonly backendOptions?: BackendOptions
}

/** The rows whose label starts with one of `labels`. */
function rowsNamed(rows: readonly BenchShape[], labels: readonly string[]): BenchShape[] {
  return rows.filter((row) => labels.some((label) => shapeLabel(row).startsWith(`${label} `)))
}

const SHORT_SEED = rowsNamed(SEED, [
  'Q,K,V 128x128x12x64',
  'Q,KV 16x1024x128x16',
  'Q,K,V 4x4096x8x160',
  'Q,KV 4x4096x8x80',
  'QKV 4x4096x64x32',
  'QKV 4x4096x32x128',
])

export const SUITES: readonly Suite[] = [
  {
    name: 'seed',
    description: 'the 85 rows of ONNX Runtime pull request 17227, float16, on a GPU',
    location: 'cuda',
    rows: SEED,
    shortRows: SHORT_SEED,
  },
  {
    name: 'seed-exact',
    description: 'the same rows with the maximum of every block of keys',
    location: 'cuda',
    rows: SEED,
    shortRows: SHORT_SEED,
    backendOptions: { 'cuda-flash': { exactSoftmax: true } },
  },
  {
    name: 'causal',
    description: '16,384 tokens of causal attention at three lengths, float16, on a GPU',
    location: 'cuda',
    rows: CAUSAL,
    shortRows: CAUSAL.filter(({ seqlen }) => seqlen === 4096),
  },
  {
    name: 'decode',
    description: 'a query of 32 heads over 8 against 1,024 to 65,536 keys, float16, on a GPU',
    location: 'cuda',
    rows: DECODE,
    shortRows: DECODE.filter(({ cache }) => cache?.seqlenK === 4096),
  },
  {
    name: 'seed-cpu',
    description: 'the rows of seed made small enough for a processor, float32',
    location: 'host',
    rows: SEED_CPU,
    shortRows: rowsNamed(SEED_CPU, [
      'Q,K,V 1x128x12x64',
      'Q,KV 1x1024x32x16',
      'Q,K,V 1x4096x1x160',
      'Q,KV 1x4096x1x80',
      'QKV 1x512x64x32',
      'QKV 1x512x12x64',
    ]),
  },
  {
    name: 'projection-cpu',
    description: 'Attention with the projection of its input, BERT base and large, float32',
    location: 'host',
    rows: PROJECTION_CPU,
    shortRows: rowsNamed(PROJECTION_CPU, ['Q,K,V 1x128x12x64', 'Q,K,V 1x512x12x64']),
  },
  {
    name: 'decode-cpu',
    description: 'the next token of 32 heads over 8 against a cache, float32',
    location: 'host',
    rows: DECODE_CPU,
    shortRows: DECODE_CPU.filter(({ batch }) => batch === 1),
  },
  {
    name: 'half-cpu',
    description: 'float16 and bfloat16 beside our own float32, 2,048 tokens and more',
    location: 'host',
    rows: HALF_CPU,
    shortRows: rowsNamed(HALF_CPU, ['Q,K,V 1x2048x4x64', 'Q,K,V 1x2048x2x128']),
  },
]

export function suiteNamed(name: string): Suite | undefined {
  return SUITES.find((suite) => suite.name === name)
}
