import { geometricMean } from '../timer/statistics.js'
import { significant, times } from './number-format.js'
import { peerMeans } from './peer-ratio.js'
import { PEER_TITLES } from './peer-titles.js'
import type { ResultDocument, ResultRow } from './result.js'
import { type Column, markdownTable } from './text-table.js'

interface Group {
  readonly title: string
  readonly rows: readonly ResultRow[]
}

function groupsByHeadDim(rows: readonly ResultRow[]): Group[] {
  const dims = [...new Set(rows.map((row) => row.head_dim))].sort((a, b) => a - b)
  const groups = dims.map((dim) => ({
    title: String(dim),
    rows: rows.filter((row) => row.head_dim === dim),
  }))
  return [...groups, { title: 'all', rows }]
}

/** One line a head dim: rows, mean speed, and the mean ratio to each peer. */
export function summaryTable({ rows }: Pick<ResultDocument, 'rows'>): string {
  const fast = rows.some((row) => row.tflops >= 2)
  const columns: Column<Group>[] = [
    { title: 'head dim', align: 'right', cell: (group) => group.title },
    { title: 'rows', align: 'right', cell: (group) => String(group.rows.length) },
    {
      title: fast ? 'TFLOP/s' : 'GFLOP/s',
      align: 'right',
      cell: (group) =>
        significant(geometricMean(group.rows.map((row) => row.tflops)) * (fast ? 1 : 1000)),
    },
    ...peerMeans(rows).map(
      ({ peer }): Column<Group> => ({
        title: `× ${PEER_TITLES[peer]}`,
        align: 'right',
        cell: (group) =>
          times(peerMeans(group.rows).find((mean) => mean.peer === peer)?.mean ?? Number.NaN),
      }),
    ),
  ]
  return markdownTable(columns, groupsByHeadDim(rows))
}
