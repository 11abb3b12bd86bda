import { type ResultDocument, type ResultRow, rowKey } from './report/result.js'
import { rowLabel } from './report/row-label.js'

export const VERDICTS = ['SAME', 'FAST', 'SLOW', 'AMBIGUOUS'] as const
export type Verdict = (typeof VERDICTS)[number]

/** A row of two documents. */
export interface Comparison {
  readonly label: string
  readonly backend: string
  /** Milliseconds before and after. */
  readonly before: number
  readonly after: number
  readonly verdict: Verdict
}

export interface CompareResult {
  readonly rows: readonly Comparison[]
  /** Labels of rows that only one of the documents has. */
  readonly onlyBefore: readonly string[]
  readonly onlyAfter: readonly string[]
}

/** Medians closer than this are the same: clocks alone move them so far from one run to the next. */
export const DEFAULT_TOLERANCE = 0.03

function within(value: number, row: ResultRow): boolean {
  return row.ms_p10 <= value && value <= row.ms_p90
}

/**
 * SAME where the medians are within `tolerance` or each lies in the other's interval from p10 to p90;
 * FAST or SLOW where the intervals do not touch; AMBIGUOUS where they overlap in part.
 */
export function verdictOf(before: ResultRow, after: ResultRow, tolerance: number): Verdict {
  if (Math.abs(after.ms / before.ms - 1) <= tolerance) return 'SAME'
  if (within(after.ms, before) && within(before.ms, after)) return 'SAME'
  if (after.ms_p90 < before.ms_p10) return 'FAST'
  return after.ms_p10 > before.ms_p90 ? 'SLOW' : 'AMBIGUOUS'
}

function named(row: ResultRow): string {
  return `${rowLabel(row)} ${row.backend}`
}

/** Compares the rows that two documents share. */
export function compareResults(
  before: Pick<ResultDocument, 'rows'>,
  after: Pick<ResultDocument, 'rows'>,
  tolerance = DEFAULT_TOLERANCE,
): CompareResult {
  const earlier = new Map(before.rows.map((row) => [rowKey(row), row]))
  const later = new Set(after.rows.map(rowKey))
  return {
    rows: after.rows.flatMap((row) => {
      const old = earlier.get(rowKey(row))
      if (!old) return []
      const verdict = verdictOf(old, row, tolerance)
      const { backend } = row
      return [{ label: rowLabel(row), backend, before: old.ms, after: row.ms, verdict }]
    }),
    onlyBefore: before.rows.filter((row) => !later.has(rowKey(row))).map(named),
    onlyAfter: after.rows.filter((row) => !earlier.has(rowKey(row))).map(named),
  }
}
