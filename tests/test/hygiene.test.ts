import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../src/repository.js'

const LARGEST_BYTES = 1_000_000

/** Patterns are put together from parts, so that this file does not find itself. */
const FORBIDDEN: readonly (readonly [what: string, pattern: RegExp])[] = [
  ['a registry host', new RegExp(['npmjs', 'org|registry', 'npmmirror|unpkg', 'com'].join('\\.'))],
  [
    'a path of one machine',
    new RegExp(`(?<![\\w.])/(${['work', 'home/\\w+', 'Users/\\w+'].join('|')})/`),
  ],
  [
    'an open task',
    new RegExp(`\\b(${['TO', 'FIX', 'X'].map((s, i) => s + ['DO', 'ME', 'XX'][i]).join('|')})\\b`),
  ],
  ['a silenced check', new RegExp(`@ts-(${['ignore', 'nocheck'].join('|')})`)],
]

const TEXT = /\.(ts|mts|mjs|js|json|md|yaml|yml|cc|cu|cuh|h|txt|cmake|py|sh)$|^\.ci\/run$/

function trackedFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' })
  return listed.split('\0').filter(Boolean)
}

describe('the repository', () => {
  const files = trackedFiles()
  const texts = files.filter((file) => TEXT.test(file) && file !== 'pnpm-lock.yaml')

  test.each(FORBIDDEN)('holds no %s', (_what, pattern) => {
    const found = texts.flatMap((file) =>
      readFileSync(join(ROOT, file), 'utf8')
        .split('\n')
        .flatMap((line, i) => (pattern.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    )
    expect(found).toEqual([])
  })

  test('holds no large file', () => {
    const large = files.filter(
      (file) => existsSync(join(ROOT, file)) && statSync(join(ROOT, file)).size > LARGEST_BYTES,
    )
    expect(large).toEqual([])
  })

  test('holds nothing that is built', () => {
    const built = files.filter((file) => /(^|\/)(dist|build|prebuilds|node_modules)\//.test(file))
    expect(built).toEqual([])
  })

  test('names its lockfile without a host', () => {
    expect(readFileSync(join(ROOT, 'pnpm-lock.yaml'), 'utf8')).not.toMatch(/https?:\/\//)
  })
})
