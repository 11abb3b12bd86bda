import { geometricMean } from '../timer/statistics.js'
import { bestPeerSummary, type MeasuredRows } from './best-peer.js'
import { flashAttention3Ratio } from './flash-attention-3.js'
import { significant, times } from './number-format.js'
import { meanOf, peerMeans, peerRatio } from './peer-ratio.js'
import { FLASH_ATTENTION_3_TITLE, PEER_TITLES } from './peer-titles.js'
import type { ResultRow } from './result.js'
import { type Column, markdownTable, textTable } from './text-table.js'

interface Group {
  readonly title: string
  readonly rows: readonly ResultRow[]
}

/** By head dim, or by batch where all rows have the same head dim. */
function keyOf(rows: readonly ResultRow[]): { title: string; of(row: ResultRow): number } {
  const dims = new Set(rows.map((row) => row.head_dim))
  return dims.size === 1
    ? { title: 'batch', of: (row) => row.batch }
    : { title: 'head dim', of: (row) => row.head_dim }
}

function groupsOf(rows: readonly ResultRow[]): Group[] {
  const { of } = keyOf(rows)
  const values = [...new Set(rows.map(of))].sort((a, b) => a - b)
  const groups = values.map((value) => ({
    title: String(value),
    rows: rows.filter((row) => of(row) === value),
  }))
  return [...groups, { title: 'all', rows }]
}

function right(title: string, cell: (group: Group) => string): Column<Group> {
  return { title, align: 'right', cell }
}

function ratioColumn(title: string, ratio: (row: ResultRow) => number | undefined): Column<Group> {
  return right(`× ${title}`, ({ rows }) => times(meanOf(rows.map(ratio))?.mean ?? Number.NaN))
}

/** The mean ratio to each peer that was measured, and how the best one of each row was met. */
function peerColumns({ device, rows }: MeasuredRows): Column<Group>[] {
  const third = (row: ResultRow) => flashAttention3Ratio(device, row)
  const columns = peerMeans(rows).map(({ peer }) =>
    ratioColumn(PEER_TITLES[peer], (row) => peerRatio(row, peer)),
  )
  if (rows.some((row) => third(row) !== undefined)) {
    columns.push(ratioColumn(FLASH_ATTENTION_3_TITLE, third))
  }
  if (columns.length < 2) return columns
  const best = (group: Group) => bestPeerSummary({ device, rows: group.rows })
  return [
    ...columns,
    right('× best', (group) => times(best(group)?.mean ?? Number.NaN)),
    right('least', (group) => times(best(group)?.least.ratio ?? Number.NaN)),
    right('rows ≥ 1', (group) => String(best(group)?.ahead ?? '–')),
  ]
}

function summaryColumns(measured: MeasuredRows): Column<Group>[] {
  const fast = measured.rows.some((row) => row.tflops >= 2)
  const speed = ({ rows }: Group) => geometricMean(rows.map((row) => row.tflops))
  return [
    right(keyOf(measured.rows).title, (group) => group.title),
    right('rows', (group) => String(group.rows.length)),
    right(fast ? 'TFLOP/s' : 'GFLOP/s', (group) => significant(speed(group) * (fast ? 1 : 1000))),
    ...peerColumns(measured),
  ]
}

/**
 * One line a head dim, or a batch where there is one head dim, as Markdown: rows, mean speed, the mean
 * ratio to each peer and to the best of each row.
 */
export function summaryTable(measured: MeasuredRows): string {
  return markdownTable(summaryColumns(measured), groupsOf(measured.rows))
}

/** {@link summaryTable} as aligned text. */
export function summaryText(measured: MeasuredRows): string {
  return textTable(summaryColumns(measured), groupsOf(measured.rows))
}
