import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../src/repository.js'
import { trackedFiles, trackedTexts } from '../src/tracked-files.js'

const LARGEST_BYTES = 1_000_000

const pieces = (...parts: readonly string[]) => parts.join('')

/** Patterns are put together from parts, so that this file does not find itself. */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['registry host', new RegExp(['npmjs', 'org|npmmirror', 'com|unpkg', 'com'].join('\\.'))],
  [
    'path of one machine',
    new RegExp(pieces('(?<![\\w.])/(wo', 'rk|ho', 'me/\\w+|Us', 'ers/\\w+)/')),
  ],
  ['open task', new RegExp(pieces('\\b(TO', 'DO|FIX', 'ME|X', 'XX)\\b'))],
  ['silenced check', new RegExp(pieces('@ts-(ig', 'nore|no', 'check)|biome-', 'ignore-all'))],
  ['focused test', new RegExp(pieces('\\b(test|describe|it)\\.on', 'ly\\('))],
]

describe('the repository', () => {
  const files = trackedFiles()
  const texts = trackedTexts()

  test.each(FORBIDDEN)('holds no %s', (_what, pattern) => {
    const found = texts.flatMap(({ file, text }) =>
      text
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })

  test('names no document that it does not hold', () => {
    const names = new Set(files.map((file) => file.split('/').at(-1)))
    const found = texts.flatMap(({ file, text }) =>
      [...text.matchAll(/\b[A-Z]+\.md\b/g)]
        .filter(([name]) => !names.has(name))
        .map(([name]) => `${file}: ${name}`),
    )
    expect(found).toEqual([])
  })

  test('holds no large file', () => {
    const large = files.filter((file) => statSync(join(ROOT, file)).size > LARGEST_BYTES)
    expect(large).toEqual([])
  })

  test('holds nothing that is built', () => {
    const built = files.filter((file) => /(^|\/)(dist|build|prebuilds|node_modules)\//.test(file))
    expect(built).toEqual([])
  })

  test('names no host in its lockfile', () => {
    expect(readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:\/\//)
  })
})
