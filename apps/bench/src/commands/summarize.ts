import type { Console } from '../console.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { type BestPeerSummary, bestPeerSummary } from '../report/best-peer.js'
import { flashAttention3Ratio } from '../report/flash-attention-3.js'
import { jsonText } from '../report/json-text.js'
import { provenance } from '../report/markdown.js'
import { meansText } from '../report/means-text.js'
import { meanOf, peerMeans } from '../report/peer-ratio.js'
import type { ResultDocument } from '../report/result.js'
import { rowLabel } from '../report/row-label.js'
import { summaryText } from '../report/summary.js'
import { readArgument } from './read-argument.js'

export interface SummaryCommand {
  readonly name: 'summary'
  readonly files: readonly string[]
  readonly json: boolean
}

/** Sums up result files: means by head dim, the ratio to each peer and to the best of each row. */
export async function summarize(
  { files, json }: SummaryCommand,
  console: Console,
): Promise<ExitCode> {
  const documents: ResultDocument[] = []
  for (const file of files) documents.push(await readArgument(file))
  if (json) {
    const summaries = documents.map(summaryOf)
    console.stdout.write(jsonText({ schema_version: 1, summaries }))
  } else {
    console.stdout.write(documents.map(textOf).join('\n'))
  }
  return EXIT.ok
}

function textOf(document: ResultDocument): string {
  const head = `${document.suite}: ${provenance(document)}`
  return `${[head, '', summaryText(document), '', ...meansText(document)].join('\n')}\n`
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
    ...(best && { best_peer: bestPeerOf(best) }),
  }
}

function bestPeerOf({ leastRow, ...numbers }: BestPeerSummary) {
  return { ...numbers, least_row: rowLabel(leastRow) }
}
