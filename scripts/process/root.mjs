import { mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Where the output of a step is kept, so that a failure can be read afterwards. */
export function logFile(name) {
  const folder = join(ROOT, 'build', 'logs')
  mkdirSync(folder, { recursive: true })
  return join(folder, `${name}.log`)
}
