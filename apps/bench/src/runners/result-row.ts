import { problemBytes } from '@attnkit/core'
import type { RowError } from '../accuracy/row-error.js'
import type { PeerResult, ResultRow } from '../report/result.js'
import type { Subject } from '../subjects/subject.js'
import { shapeFlops } from '../suites/bench-shape.js'
import { spreadOf } from '../timer/statistics.js'
import { rowSizes } from './row-sizes.js'

/** TFLOP/s of `flops` in `ms` milliseconds. */
function teraflops(flops: number, ms: number): number {
  return flops / ms / 1e9
}

/** A peer's result from the milliseconds of its runs. */
export function peerResult(
  flops: number,
  samples: readonly number[],
  ratios: readonly number[] = [],
): PeerResult {
  const ms = spreadOf(samples).median
  const result = { ms, tflops: teraflops(flops, ms) }
  if (ratios.length === 0) return result
  return {
    ...result,
    ratio: spreadOf(ratios).median,
    ratio_min: Math.min(...ratios),
    ratio_max: Math.max(...ratios),
  }
}

export interface Measured {
  /** Milliseconds of each sample. */
  readonly samples: readonly number[]
  readonly callUs: number
  readonly error: RowError
  readonly peers: ResultRow['peers']
}

/** A measured subject as a row of a result file. */
export function resultRow({ shape, problem, decision }: Subject, measured: Measured): ResultRow {
  const { median: ms, p10, p90, samples } = spreadOf(measured.samples)
  return {
    format: problem.format,
    layout: problem.layout,
    backend: decision.backend,
    variant: decision.variant,
    ...rowSizes(problem),
    ...(shape.inputWidth !== undefined && { input_width: shape.inputWidth }),
    causal: problem.causal,
    dtype: problem.dtype,
    ms,
    ms_p10: p10,
    ms_p90: p90,
    samples,
    tflops: teraflops(shapeFlops(shape), ms),
    ...(shape.cache && { tb_per_s: problemBytes(problem) / ms / 1e9 }),
    call_us: measured.callUs,
    rel_error: measured.error.relError,
    max_abs_error: measured.error.maxAbsError,
    error_rows: measured.error.rows,
    peers: measured.peers,
  }
}
