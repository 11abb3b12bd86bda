import { type BenchShape, shapeLabel } from '../suites/bench-shape.js'

/** What the values of a problem are like; Q, K and V are normal but for what is said. */
export const INPUT_KINDS = {
  normal: { queryScale: 1, outliers: 0 },
  /** Logits of deviation 8 and 30: rows of nearly one weight, maxima far from that of the first keys. */
  'large-logits-8': { queryScale: 8, outliers: 0 },
  'large-logits-30': { queryScale: 30, outliers: 0 },
  /** One of a thousand elements of Q, K and V a hundred times as large. */
  outliers: { queryScale: 1, outliers: 1e-3 },
} as const
export type InputKind = keyof typeof INPUT_KINDS

/** Attention whose error is measured beside that of the peers. */
export interface AccuracyProblem {
  readonly shape: BenchShape
  readonly inputs: InputKind
}

/** Every head dim with a kernel of its own, at lengths that fill their last tile and that do not. */
const SHAPES: readonly (readonly [seqlen: number, headDim: number, causal: boolean])[] = [
  [4096, 16, false],
  [2048, 32, true],
  [4096, 40, false],
  [128, 64, false],
  [4096, 64, true],
  [1000, 80, false],
  [512, 96, true],
  [4096, 128, false],
  [777, 128, true],
  [1024, 160, false],
  [2048, 192, true],
  [1024, 256, false],
]
const DTYPES = ['float16', 'bfloat16'] as const
const KINDS = Object.keys(INPUT_KINDS) as InputKind[]

function problemsOf([seqlen, headDim, causal]: (typeof SHAPES)[number]): AccuracyProblem[] {
  return DTYPES.flatMap((dtype) =>
    KINDS.map((inputs) => {
      const sizes = { batch: 1, seqlen, numHeads: 4, headDim }
      return { shape: { format: 'Q,K,V' as const, ...sizes, causal, dtype }, inputs }
    }),
  )
}

/** Twelve shapes in both half types, each with every kind of values. */
export const ACCURACY_PROBLEMS: readonly AccuracyProblem[] = SHAPES.flatMap(problemsOf)

export function accuracyLabel({ shape, inputs }: AccuracyProblem): string {
  return `${shapeLabel(shape)} ${inputs}`
}
