import { existsSync, readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { ROOT } from './repository.js'

/** Files that others made, which this repository does not hold: `ATTNKIT_FIXTURES`, or a folder beside it. */
const FIXTURES = process.env.ATTNKIT_FIXTURES ?? resolve(ROOT, '..', 'shared', 'fixtures')

/** The folder of one kind of fixtures, e.g. `onnx-node`; null where they are not here. */
export function fixtureFolder(kind: string): string | null {
  const folder = join(FIXTURES, kind)
  return existsSync(folder) ? folder : null
}

/** What a test says that has no fixtures to read. */
export const NO_FIXTURES = 'the fixtures are not here: set ATTNKIT_FIXTURES to their folder'

/** The files below a folder whose names end so, in order. */
export function filesBelow(folder: string, end: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(end))
    .sort()
    .map((file) => join(folder, file))
}
