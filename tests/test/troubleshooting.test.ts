import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES, LOADER_REASON_CODES, PROBLEM_REASON_CODES } from '@attnkit/core'
import { describe, expect, test } from 'vitest'
import { ROOT } from '../src/repository.js'

const page = readFileSync(join(ROOT, 'docs', 'troubleshooting.md'), 'utf8')

/** The text under each `### code` heading. */
const entries = new Map(
  page
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [heading = '', ...body] = part.split('\n')
      return [heading.replaceAll('`', '').trim(), body.join('\n')]
    }),
)

const CODES = [...PROBLEM_REASON_CODES, ...LOADER_REASON_CODES, ...ERROR_CODES]

describe('docs/troubleshooting.md', () => {
  test.each(CODES)('says of %s its symptom, cause and fix', (code) => {
    const entry = entries.get(code)
    expect(entry, `no heading for ${code}`).toBeDefined()
    for (const part of ['Symptom', 'Cause', 'Fix']) expect(entry).toContain(`**${part}.**`)
  })

  test('has no heading for a code that does not exist', () => {
    const known = new Set<string>(CODES)
    expect([...entries.keys()].filter((code) => !known.has(code))).toEqual([])
  })
})
