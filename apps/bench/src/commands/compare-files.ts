import { compareResults } from '../compare.js'
import type { Console } from '../console.js'
import { EXIT, type ExitCode } from '../exit-codes.js'
import { comparisonText } from '../report/comparison-text.js'
import { jsonText } from '../report/json-text.js'
import { readArgument } from './read-argument.js'

export interface CompareCommand {
  readonly name: 'compare'
  readonly before: string
  readonly after: string
  readonly tolerance: number
  readonly json: boolean
}

/** Compares two result files; fails only when a row is slower. */
export async function compareFiles(
  { before, after, tolerance, json }: CompareCommand,
  { stdout }: Console,
): Promise<ExitCode> {
  const result = compareResults(await readArgument(before), await readArgument(after), tolerance)
  const document = { schema_version: 1, ...snakeCase(result) }
  stdout.write(json ? jsonText(document) : `${comparisonText(result)}\n`)
  return result.rows.some(({ verdict }) => verdict === 'SLOW') ? EXIT.failed : EXIT.ok
}

function snakeCase({ rows, onlyBefore, onlyAfter }: ReturnType<typeof compareResults>) {
  return { rows, only_before: onlyBefore, only_after: onlyAfter }
}
