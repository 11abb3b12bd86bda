export type Alignment = 'left' | 'right'

export interface Column<Row> {
  readonly title: string
  readonly align: Alignment
  cell(row: Row): string
}

function pad(text: string, width: number, align: Alignment): string {
  return align === 'right' ? text.padStart(width) : text.padEnd(width)
}

/** Rows as aligned text, the titles first. */
export function textTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const lines = [columns.map((c) => c.title), ...rows.map((row) => columns.map((c) => c.cell(row)))]
  const widths = columns.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)))
  return lines
    .map((line) => line.map((cell, i) => pad(cell, widths[i]!, columns[i]!.align)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n')
}

/** Rows as a Markdown table. */
export function markdownTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [
    line(columns.map((column) => column.title)),
    line(columns.map((column) => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map((row) => line(columns.map((column) => column.cell(row)))),
  ].join('\n')
}
