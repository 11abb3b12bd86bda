import { readFileSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The top of the repository. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))))

/** Parts of a package.json that the tests look at. */
export interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly scripts?: Readonly<Record<string, string>>
  readonly dependencies?: Readonly<Record<string, string>>
  readonly devDependencies?: Readonly<Record<string, string>>
}

export function readManifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

const FOLDERS = [
  'packages/core',
  'packages/onnx',
  'packages/cpu',
  'packages/cuda-runtime',
  'packages/cuda-flash',
  'packages/attnkit',
  'packages/cli',
  'apps/bench',
]

/** The folder of each package that is published, by its name. */
export const PUBLISHED: ReadonlyMap<string, string> = new Map(
  FOLDERS.map((folder) => [readManifest(join(ROOT, folder)).name, join(ROOT, folder)]),
)

/** What a package needs that is not of this repository: names, and where they are installed here. */
export function outsideDependencies(name: string): readonly (readonly [string, string])[] {
  const folder = PUBLISHED.get(name) ?? ''
  return Object.keys(readManifest(folder).dependencies ?? {})
    .filter((dependency) => !PUBLISHED.has(dependency))
    .map((dependency) => [
      dependency,
      `file:${realpathSync(join(folder, 'node_modules', dependency))}`,
    ])
}
