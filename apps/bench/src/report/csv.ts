import { PEER_NAMES, type ResultDocument, type ResultRow } from './result.js'

type Cell = string | number | boolean | null | undefined

function quoted(cell: Cell): string {
  const text = String(cell ?? '')
  return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A row without nesting: the peers' numbers become columns. */
function flatRow(row: ResultRow): Record<string, Cell> {
  const { peers, ...own } = row
  const flat: Record<string, Cell> = { ...own }
  for (const peer of PEER_NAMES) {
    flat[`${peer}_ms`] = peers[peer]?.ms
    flat[`${peer}_tflops`] = peers[peer]?.tflops
  }
  return flat
}

/** The rows as comma-separated values, with device, commit and date in each. */
export function csvReport({ rows, suite, device, commit, date }: ResultDocument): string {
  const lines = rows.map((row) => ({ suite, device, commit, date, ...flatRow(row) }))
  const titles = Object.keys(lines[0] ?? {})
  const cells = lines.map((line: Record<string, Cell>) => titles.map((title) => line[title]))
  return [titles, ...cells].map((line) => `${line.map(quoted).join(',')}\n`).join('')
}
