import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ROOT } from './repository.js'

/** A block of TypeScript in the docs. */
export interface DocsSample {
  /** e.g. `README.md:25`, the line of the block's first line. */
  readonly place: string
  readonly source: string
  /** Whether it needs a GPU to run: said by `<!-- needs a GPU -->` above the block. */
  readonly needsGpu: boolean
}

const BLOCK = /^(?:<!-- (needs a GPU) -->\n)?```ts\n([\s\S]*?)^```$/gm

/** Every block marked as `ts` in the documents that users read. */
export function docsSamples(): DocsSample[] {
  return documents().flatMap((path) => {
    const text = readFileSync(path, 'utf8')
    return [...text.matchAll(BLOCK)].map((match) => ({
      place: `${relative(ROOT, path)}:${lineOf(text, match.index)}`,
      source: match[2] ?? '',
      needsGpu: match[1] !== undefined,
    }))
  })
}

/** README.md, docs, and the README of each package. */
export function documents(): string[] {
  const packages = ['packages', 'apps'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((name) => join(parent, name)),
  )
  return ['.', 'docs', ...packages].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((file) => file.endsWith('.md'))
      .map((file) => join(ROOT, folder, file)),
  )
}

function lineOf(text: string, index: number): number {
  return text.slice(0, index).split('\n').length + 1
}
