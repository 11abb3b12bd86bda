import { TOLERANCES } from '@attnkit/core'
import type { ResultRow } from './result.js'
import { rowLabel } from './row-label.js'

/** A line for each row whose error is over what its dtype allows. */
export function wrongRows(rows: readonly ResultRow[]): string[] {
  return rows
    .filter((row) => !(row.rel_error <= TOLERANCES[row.dtype].norm))
    .map((row) => {
      const allowed = TOLERANCES[row.dtype].norm
      return `${rowLabel(row)} ${row.backend}: error ${row.rel_error}, allowed is ${allowed}`
    })
}
