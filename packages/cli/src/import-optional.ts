import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

/**
 * A package that may not be installed: `load` imports it by its literal name, so that bundlers see it;
 * then it is looked for from the working directory. Null when it is in neither place.
 */
export async function importOptional<T>(
  name: string,
  load: () => Promise<T>,
  directory: string,
): Promise<T | null> {
  try {
    return await load()
  } catch (error) {
    if (!isMissing(error, name)) throw error
  }
  try {
    const file = createRequire(join(directory, 'index.js')).resolve(name)
    return (await import(pathToFileURL(file).href)) as T
  } catch (error) {
    if (!isMissing(error, name)) throw error
    return null
  }
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException
  const missing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND'
  return missing && message.includes(name)
}
