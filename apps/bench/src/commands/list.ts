import type { Console } from '../console.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { jsonText } from '../report/json-text.js'
import { shapeLabel } from '../suites/bench-shape.js'
import { SUITES } from '../suites/suites.js'

/** Prints the suites with the position and the name of every row. */
export function list({ json }: { readonly json: boolean }, { stdout }: Console): ExitCode {
  const suites = SUITES.map(({ name, description, rows }) => {
    return { name, description, rows: rows.map(shapeLabel) }
  })
  if (json) {
    stdout.write(jsonText({ schema_version: 1, suites }))
    return EXIT.ok
  }
  for (const { name, description, rows } of suites) {
    stdout.write(`${name}: ${description}\n`)
    for (const [position, label] of rows.entries()) {
      stdout.write(`${String(position).padStart(4)}  ${label}\n`)
    }
  }
  return EXIT.ok
}
