import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../process/root.mjs'

/**
 * Puts generated text between the markers `<!-- table:name -->` and `<!-- /table:name -->` of a
 * document.
 *
 * @returns {boolean} whether the document had it already; `check` leaves the document as it is
 */
export function writeMarkedBlock(document, name, text, check) {
  const path = join(ROOT, document)
  const before = readFileSync(path, 'utf8')
  const [open, close] = [`<!-- table:${name} -->`, `<!-- /table:${name} -->`]
  const [start, end] = [before.indexOf(open), before.indexOf(close)]
  if (start < 0 || end < start) throw new Error(`${document} has no ${open} … ${close}`)
  const after = `${before.slice(0, start + open.length)}\n${text}\n${before.slice(end)}`
  if (!check && after !== before) writeFileSync(path, after)
  return after === before
}

/** A Markdown table from rows of cells, the first of which is the header. */
export function markdownTable([header, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}
