import { stripVTControlCharacters } from 'node:util'

/** Width as a terminal shows it: without colour codes. */
function width(text: string): number {
  return stripVTControlCharacters(text).length
}

/**
 * Rows of cells in columns as wide as their widest cell, two spaces between them; the last column is as
 * wide as it is. Cells may be coloured.
 */
export function table(rows: readonly (readonly string[])[], indent = ''): string[] {
  const widths: number[] = []
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, width(cell))
    })
  }
  return rows.map((row) => {
    const cells = row.map((cell, column) =>
      column === row.length - 1 ? cell : cell + ' '.repeat((widths[column] ?? 0) - width(cell)),
    )
    return (indent + cells.join('  ')).trimEnd()
  })
}
