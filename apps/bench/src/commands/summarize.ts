import type { Console } from '../console.js'
import { BenchError, EXIT, type ExitCode } from '../exit-codes.js'
import { bestPeerSummary, type ComparedRow, comparedRows } from '../report/best-peer.js'
import { flashAttention3Ratio } from '../report/flash-attention-3.js'
import { jsonText } from '../report/json-text.js'
import { provenance } from '../report/markdown.js'
import { meansText } from '../report/means-text.js'
import { meanOf, peerMeans } from '../report/peer-ratio.js'
import type { ResultDocument } from '../report/result.js'
import { rowLabel } from '../report/row-label.js'
import { summaryText } from '../report/summary.js'
import { type Column, textTable } from '../report/text-table.js'
import { readArgument } from './read-argument.js'

export interface SummaryCommand {
  readonly name: 'summary'
  readonly files: readonly string[]
  /** Text that the rows' names hold. */
  readonly filter: string
  /** Rows with fewer queries are left out. */
  readonly minSeqlen: number
  readonly json: boolean
}

/**
 * Sums up result files: means by head dim, the ratio to each peer and to the best of each row, and the rows
 * that are slower than that.
 */
export async function summarize(command: SummaryCommand, { stdout }: Console): Promise<ExitCode> {
  const documents: ResultDocument[] = []
  for (const file of command.files) documents.push(await readRows(file, command))
  if (command.json) {
    stdout.write(jsonText({ schema_version: 1, summaries: documents.map(summaryOf) }))
  } else {
    stdout.write(documents.map(textOf).join('\n'))
  }
  return EXIT.ok
}

async function readRows(
  file: string,
  { filter, minSeqlen }: SummaryCommand,
): Promise<ResultDocument> {
  const document = await readArgument(file)
  const rows = document.rows.filter(
    (row) => row.seqlen_q >= minSeqlen && rowLabel(row).includes(filter),
  )
  if (rows.length > 0) return { ...document, rows }
  throw new BenchError(EXIT.usage, `${file}: no row is left to sum up`)
}

const BEHIND: readonly Column<ComparedRow>[] = [
  { title: 'slower than the best peer', align: 'left', cell: ({ row }) => rowLabel(row) },
  { title: '×', align: 'right', cell: ({ ratio }) => `${ratio.toFixed(3)}×` },
  { title: 'which is', align: 'left', cell: ({ peer }) => peer },
]

/** From the slowest on. */
function rowsBehind(document: ResultDocument): ComparedRow[] {
  const behind = comparedRows(document).filter(({ ratio }) => ratio < 1)
  return behind.sort((a, b) => a.ratio - b.ratio)
}

function textOf(document: ResultDocument): string {
  const head = `${document.suite}: ${provenance(document)}`
  const behind = rowsBehind(document)
  const lines = [head, '', summaryText(document), '', ...meansText(document)]
  return `${[...lines, ...(behind.length > 0 ? ['', textTable(BEHIND, behind)] : [])].join('\n')}\n`
}

function summaryOf(document: ResultDocument) {
  const { suite, device, commit, rows } = document
  const third = meanOf(rows.map((row) => flashAttention3Ratio(device, row)))
  const best = bestPeerSummary(document)
  const means = Object.fromEntries(peerMeans(rows).map(({ peer, ...mean }) => [peer, mean]))
  return {
    suite,
    device,
    commit,
    peers: { ...means, ...(third && { flash_attention_3: third }) },
    ...(best && { best_peer: { ...best, least: best.least.ratio } }),
    behind: rowsBehind(document).map(({ row, ...rest }) => ({ row: rowLabel(row), ...rest })),
  }
}
