import { type BenchShape, shapeLabel } from './bench-shape.js'
import { SEED } from './seed.js'

const MAX_SEQLEN = 4096
const MAX_FLOPS = 4e9

/** The largest divisor of `numHeads` whose work stays within the limit; at least 1. */
function headsWithin(numHeads: number, flopsPerHead: number): number {
  for (let heads = numHeads; heads > 1; heads--) {
    if (numHeads % heads === 0 && heads * flopsPerHead <= MAX_FLOPS) return heads
  }
  return 1
}

/** A row of the seed, made small enough for a processor. */
export function shrinkForCpu(shape: BenchShape): BenchShape {
  const seqlen = Math.min(shape.seqlen, MAX_SEQLEN)
  const numHeads = headsWithin(shape.numHeads, 4 * seqlen ** 2 * shape.headDim)
  return { ...shape, batch: 1, seqlen, numHeads, dtype: 'float32' }
}

/** The seed's rows at batch 1 in float32, at most 4,096 long and 4 GFLOP, without duplicates. */
export const SEED_CPU: readonly BenchShape[] = [
  ...new Map(SEED.map(shrinkForCpu).map((shape) => [shapeLabel(shape), shape])).values(),
]
