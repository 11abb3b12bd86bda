import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

type Bench = typeof import('@attnkit/bench')

/**
 * `@attnkit/bench`, where it can be found: from this package, then from the working directory. Null when
 * it is not installed.
 */
export async function importBench(directory: string): Promise<Bench | null> {
  try {
    return await import('@attnkit/bench')
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
  try {
    const file = createRequire(join(directory, 'index.js')).resolve('@attnkit/bench')
    return (await import(pathToFileURL(file).href)) as Bench
  } catch (error) {
    if (!isNotFound(error)) throw error
    return null
  }
}

function isNotFound(error: unknown): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  return missing && message.includes('@attnkit/bench')
}
