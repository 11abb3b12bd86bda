import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AccuracyDocument, AccuracyRow } from './accuracy-result.js'
import { accuracyMarkdown } from './accuracy-text.js'
import { jsonText } from './json-text.js'
import { SCHEMA_VERSION } from './result.js'

/** Writes a document as `<directory>/<folder>/accuracy.{json,md}`. Resolves to the path of the JSON. */
export async function writeAccuracy(
  document: AccuracyDocument,
  directory: string,
  folder: string,
): Promise<string> {
  const target = join(directory, folder)
  await mkdir(target, { recursive: true })
  const path = join(target, `${document.suite}.json`)
  await writeFile(path, jsonText(document))
  await writeFile(join(target, `${document.suite}.md`), accuracyMarkdown(document))
  return path
}

function isRow(value: Partial<AccuracyRow>): boolean {
  return typeof value.rel_error === 'number' && typeof value.inputs === 'string'
}

/** Reads a file of errors. Throws an Error that says what is wrong with it. */
export async function readAccuracy(path: string): Promise<AccuracyDocument> {
  const document = JSON.parse(await readFile(path, 'utf8')) as AccuracyDocument
  const isDocument = document.schema_version === SCHEMA_VERSION && Array.isArray(document.rows)
  if (isDocument && document.rows.every(isRow)) return document
  throw new Error(
    `${path} is no file of errors: schema_version ${SCHEMA_VERSION} and rows with rel_error and inputs are required`,
  )
}
