import { BenchError, EXIT } from '../exit-codes.js'
import { type BenchShape, shapeLabel } from './bench-shape.js'
import type { Suite } from './suites.js'

export interface RowSelection {
  /** Positions and ranges, e.g. `0-9,12`. */
  readonly rows?: string | undefined
  /** Text that the row's name holds. */
  readonly filter?: string | undefined
  readonly short: boolean
}

/** The positions that `0-9,12` names. Throws a usage error on anything else. */
export function parsePositions(text: string, count: number): Set<number> {
  const positions = new Set<number>()
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim())
    const first = Number(match?.[1] ?? Number.NaN)
    const last = Number(match?.[2] ?? first)
    if (!(first <= last && last < count)) {
      const required = `positions from 0 to ${count - 1} such as 0-9,12`
      throw new BenchError(EXIT.usage, `--rows is ${text}, required are ${required}`)
    }
    for (let position = first; position <= last; position++) positions.add(position)
  }
  return positions
}

/** The rows of a suite that all the given conditions keep, in its order. */
export function selectRows(selection: RowSelection, suite: Suite): readonly BenchShape[] {
  const { rows, filter, short } = selection
  const positions = rows === undefined ? undefined : parsePositions(rows, suite.rows.length)
  return suite.rows.filter((row, position) => {
    if (positions && !positions.has(position)) return false
    if (filter !== undefined && !shapeLabel(row).includes(filter)) return false
    return !short || suite.shortRows.includes(row)
  })
}
