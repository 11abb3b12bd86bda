import { type CompareResult, type Comparison, VERDICTS } from '../compare.js'
import { significant, times } from './number-format.js'
import { type Column, textTable } from './text-table.js'

const COLUMNS: readonly Column<Comparison>[] = [
  { title: 'row', align: 'left', cell: (row) => row.label },
  { title: 'backend', align: 'left', cell: (row) => row.backend },
  { title: 'before ms', align: 'right', cell: (row) => significant(row.before) },
  { title: 'after ms', align: 'right', cell: (row) => significant(row.after) },
  { title: 'speed', align: 'right', cell: (row) => times(row.before / row.after) },
  { title: 'verdict', align: 'left', cell: (row) => row.verdict },
]

/** A comparison as text: every row, how many of each verdict, and the rows that have no partner. */
export function comparisonText({ rows, onlyBefore, onlyAfter }: CompareResult): string {
  const counts = VERDICTS.map((verdict) => {
    return `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`
  })
  return [
    textTable(COLUMNS, rows),
    '',
    counts.join(', '),
    ...onlyBefore.map((label) => `only in the first: ${label}`),
    ...onlyAfter.map((label) => `only in the second: ${label}`),
  ].join('\n')
}
