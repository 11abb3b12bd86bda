import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AbsentBackend, type Backend, describeValue, isBackend } from '@attnkit/core'
import type { KnownBackend } from './known-backends.js'

/** A package as it was found: its exports, or why there are none. */
type Loaded =
  | { readonly status: 'loaded'; readonly exports: unknown }
  | { readonly status: 'not-found' }
  | { readonly status: 'failed'; readonly error: unknown }

function errorCode(error: unknown): unknown {
  return error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
}

/** Whether `error` says that this very package is not there, and not one that it imports itself. */
function isMissing(error: unknown, packageName: string): boolean {
  const code = errorCode(error)
  if (code !== 'ERR_MODULE_NOT_FOUND' && code !== 'MODULE_NOT_FOUND') return false
  return (error as Error).message.includes(`'${packageName}'`)
}

async function attempt(packageName: string, load: () => Promise<unknown>): Promise<Loaded> {
  try {
    return { status: 'loaded', exports: await load() }
  } catch (error) {
    return isMissing(error, packageName) ? { status: 'not-found' } : { status: 'failed', error }
  }
}

/** Imports a package that `directory`'s node_modules have. */
async function importFrom(directory: string, packageName: string): Promise<unknown> {
  const resolve = createRequire(join(directory, 'index.js')).resolve
  return import(pathToFileURL(resolve(packageName)).href)
}

async function loadPackage(known: KnownBackend, directory: string): Promise<Loaded> {
  const { packageName, load } = known
  const own = await attempt(packageName, load)
  if (own.status !== 'not-found') return own
  return attempt(packageName, () => importFrom(directory, packageName))
}

function notInstalled({ name, packageName }: KnownBackend): AbsentBackend {
  return {
    name,
    status: 'not-installed',
    reason: {
      code: 'not-installed',
      subject: packageName,
      found: 'not installed',
      required: 'installed beside attnkit, or in the working directory',
      remedy: `npm i ${packageName}`,
    },
  }
}

function broken({ name, packageName }: KnownBackend, found: string): AbsentBackend {
  return {
    name,
    status: 'unavailable',
    reason: {
      code: 'binary-load-failed',
      subject: packageName,
      found,
      required: 'a package that can be imported and makes a backend of its name',
      remedy: `npm i ${packageName}`,
    },
  }
}

function makeBackend(
  known: KnownBackend,
  exports: unknown,
  options: unknown,
): Backend | AbsentBackend {
  const factory = (exports as Record<string, unknown>)[known.factory]
  if (typeof factory !== 'function') return broken(known, `no export ${known.factory}`)
  const backend: unknown = factory(options)
  if (isBackend(backend) && backend.name === known.name) return backend
  return broken(known, `${known.factory}() gave ${describeValue(backend)}`)
}

/** Loads one backend with its options: from this package, else from `directory`. Never rejects. */
export async function loadBackend(
  known: KnownBackend,
  directory: string,
  options?: unknown,
): Promise<Backend | AbsentBackend> {
  const loaded = await loadPackage(known, directory)
  if (loaded.status === 'not-found') return notInstalled(known)
  try {
    if (loaded.status === 'failed') throw loaded.error
    return makeBackend(known, loaded.exports, options)
  } catch (error) {
    return broken(known, error instanceof Error ? error.message : describeValue(error))
  }
}
