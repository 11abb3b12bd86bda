import { meansText } from './means-text.js'
import type { ResultDocument } from './result.js'
import { rowColumns } from './row-columns.js'
import { markdownTable } from './text-table.js'

const HASH_DIGITS = 10

/** A commit's first digits, with what git adds when files differ from it. */
function shortCommit(commit: string): string {
  const [hash = commit, ...state] = commit.split('-')
  return [hash.slice(0, HASH_DIGITS), ...state].join('-')
}

/** One line that says where and when a document was measured. */
export function provenance(document: Omit<ResultDocument, 'rows'>): string {
  const { device, driver, cuda, date, commit, versions } = document
  const gpu = driver ? `, driver ${driver}, CUDA ${cuda}` : ''
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return `${device}${gpu}; ${date.slice(0, 10)}, commit ${shortCommit(commit)}; ${used.join(', ')}`
}

/** Every row as a Markdown table. */
export function markdownRows(document: Pick<ResultDocument, 'rows'>): string {
  return markdownTable(rowColumns(document), document.rows)
}

/** The whole document as Markdown: provenance, every row, the means. */
export function markdownReport(document: ResultDocument): string {
  return [
    `# ${document.suite}`,
    provenance(document),
    markdownRows(document),
    meansText(document)
      .map((line) => `- ${line}`)
      .join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
    .concat('\n')
}
