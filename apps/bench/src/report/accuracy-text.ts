import { geometricMean } from '../timer/statistics.js'
import type { AccuracyDocument, AccuracyRow } from './accuracy-result.js'
import { provenance } from './markdown.js'
import { times } from './number-format.js'
import { PEER_TITLES } from './peer-titles.js'
import { PEER_NAMES, type PeerName } from './result.js'
import { rowLabel } from './row-label.js'
import { type Column, markdownTable, textTable } from './text-table.js'

/** How many times the error of FlashAttention-2 a row may have. */
const ALLOWED_RATIO = 1.2

type Rows = readonly AccuracyRow[]

function exponential(error: number): string {
  return Number.isFinite(error) ? error.toExponential(2) : '–'
}

function modeOf({ exact_softmax }: AccuracyRow): string {
  return exact_softmax ? 'every block' : 'first block'
}

/** Rows of the same kind of values, dtype and mode. */
function groupsOf(rows: Rows): Rows[] {
  const groups = new Map<string, AccuracyRow[]>()
  for (const row of rows) {
    const key = [row.inputs, row.dtype, row.exact_softmax].join()
    groups.set(key, [...(groups.get(key) ?? []), row])
  }
  return [...groups.values()]
}

function peersOf(rows: Rows): PeerName[] {
  return PEER_NAMES.filter((peer) => rows.some((row) => row.peers[peer]))
}

function ratiosTo(rows: Rows, peer: PeerName): number[] {
  return rows.flatMap((row) => row.peers[peer]?.ratio ?? [])
}

function right(title: string, cell: (rows: Rows) => string): Column<Rows> {
  return { title, align: 'right', cell }
}

function left(title: string, cell: (row: AccuracyRow) => string): Column<Rows> {
  return { title, align: 'left', cell: ([row]) => cell(row!) }
}

function peerColumns(peer: PeerName): Column<Rows>[] {
  const errors = (rows: Rows) => rows.flatMap((row) => row.peers[peer]?.rel_error ?? [])
  return [
    right(PEER_TITLES[peer], (rows) => exponential(geometricMean(errors(rows)))),
    right('×', (rows) => times(geometricMean(ratiosTo(rows, peer)))),
    right('worst', (rows) => times(Math.max(...ratiosTo(rows, peer)))),
  ]
}

function columnsOf(rows: Rows): Column<Rows>[] {
  return [
    left('values', (row) => row.inputs),
    left('dtype', (row) => row.dtype),
    left('maximum of', modeOf),
    right('problems', (group) => String(group.length)),
    right('error', (group) => exponential(geometricMean(group.map((row) => row.rel_error)))),
    ...peersOf(rows).flatMap(peerColumns),
  ]
}

/** Mean errors of each kind of values, dtype and mode, with the mean and the worst ratio to each peer. */
export function accuracyTable({ rows }: Pick<AccuracyDocument, 'rows'>): string {
  return markdownTable(columnsOf(rows), groupsOf(rows))
}

/** The row as messages name it. */
function accuracyRowLabel(row: AccuracyRow): string {
  return `${rowLabel(row)} ${row.inputs}, maximum of ${modeOf(row)}`
}

/** A line for each peer: the worst ratio of all rows, and where. */
export function accuracyWorst(rows: Rows): string[] {
  return peersOf(rows).map((peer) => {
    const worst = rows.reduce((most, row) =>
      (row.peers[peer]?.ratio ?? 0) > (most.peers[peer]?.ratio ?? 0) ? row : most,
    )
    const ratio = times(worst.peers[peer]?.ratio ?? Number.NaN)
    return `at most ${ratio} the error of ${PEER_TITLES[peer]}: ${accuracyRowLabel(worst)}`
  })
}

/** A line for each row that is wrong, or too much less exact than FlashAttention-2. */
export function inexactRows(rows: Rows): string[] {
  return rows.flatMap((row) => {
    const ratio = row.peers.flash_attention_2?.ratio ?? 0
    if (Number.isFinite(row.rel_error) && ratio <= ALLOWED_RATIO) return []
    const found = `error ${exponential(row.rel_error)}, ${times(ratio)} FlashAttention-2's`
    return [`${accuracyRowLabel(row)}: ${found}, allowed is ${times(ALLOWED_RATIO)}`]
  })
}

/** The whole document as aligned text. */
export function accuracyText(document: AccuracyDocument): string {
  const { rows } = document
  if (rows.length === 0) return 'nothing was measured\n'
  const table = textTable(columnsOf(rows), groupsOf(rows))
  return `${[provenance(document), '', table, '', ...accuracyWorst(rows)].join('\n')}\n`
}

/** The whole document as Markdown. */
export function accuracyMarkdown(document: AccuracyDocument): string {
  const worst = accuracyWorst(document.rows).map((line) => `- ${line}`)
  const parts = [`# ${document.suite}`, provenance(document), accuracyTable(document)]
  return `${[...parts, worst.join('\n')].join('\n\n')}\n`
}
