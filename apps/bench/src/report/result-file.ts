import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { csvReport } from './csv.js'
import { jsonText } from './json-text.js'
import { markdownReport } from './markdown.js'
import { type ResultDocument, rowKey, SCHEMA_VERSION } from './result.js'

/** The folder of a device's results: `NVIDIA H200` → `nvidia-h200`. */
export function deviceSlug(device: string): string {
  return device
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
}

/**
 * Writes a document as `<directory>/<folder>/<suite>.{json,csv,md}`, in place of an earlier run's.
 * Resolves to the path of the JSON.
 */
export async function writeResult(
  document: ResultDocument,
  directory: string,
  folder: string,
): Promise<string> {
  const target = join(directory, folder)
  await mkdir(target, { recursive: true })
  const path = (extension: string): string => join(target, `${document.suite}.${extension}`)
  await writeFile(path('json'), jsonText(document))
  await writeFile(path('csv'), csvReport(document))
  await writeFile(path('md'), markdownReport(document))
  return path('json')
}

/** What makes `value` no result document, or undefined. */
function defectOf(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'it is not a JSON object'
  const document = value as Partial<ResultDocument>
  if (document.schema_version !== SCHEMA_VERSION) {
    return `schema_version is ${document.schema_version}, required is ${SCHEMA_VERSION}`
  }
  if (!Array.isArray(document.rows)) return 'it has no rows'
  const rows: readonly Partial<ResultDocument['rows'][number]>[] = document.rows
  const bad = rows.findIndex(({ ms, ms_p10, ms_p90 }) => ![ms, ms_p10, ms_p90].every(isTime))
  if (bad >= 0) return `rows[${bad}] lacks ms, ms_p10 or ms_p90`
  const keys = document.rows.map(rowKey)
  const twice = keys.find((key, index) => keys.indexOf(key) !== index)
  return twice === undefined ? undefined : `two rows are the same: ${twice}`
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value > 0
}

/** Reads a result file. Throws an Error that says what is wrong with it. */
export async function readResult(path: string): Promise<ResultDocument> {
  const text = await readFile(path, 'utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new Error(`${path} is not JSON`, { cause })
  }
  const defect = defectOf(value)
  if (defect !== undefined) throw new Error(`${path} is no result file: ${defect}`)
  return value as ResultDocument
}
