import { execFileSync } from 'node:child_process'
import { readFileSync, statSync } from 'node:fs'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { describe, expect, inject, test } from 'vitest'
import { isBuilt } from '../src/machine.js'
import { PUBLISHED, readManifest } from '../src/repository.js'

const tarballs = inject('tarballs')

/** Largest tarballs, in kB: code in JavaScript is small, device code is what weighs. */
const BUDGET_KB: Readonly<Record<string, number>> = {
  '@attnkit/core': 150,
  '@attnkit/onnx': 50,
  '@attnkit/cli': 200,
  '@attnkit/bench': 200,
  attnkit: 100,
  '@attnkit/cpu': 12_000,
  '@attnkit/cuda-runtime': 12_000,
  '@attnkit/cuda-flash': 12_000,
}

function entries(tarball: string): string[] {
  return execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' }).split('\n').filter(Boolean)
}

describe.each([...PUBLISHED])('%s, packed', (name, directory) => {
  const tarball = tarballs[name] ?? ''
  const files = entries(tarball)

  test('holds its licence, its README and its types', () => {
    expect(files).toEqual(
      expect.arrayContaining([
        'package/LICENSE',
        'package/README.md',
        'package/dist/index.js',
        'package/dist/index.d.ts',
      ]),
    )
  })

  test('holds the addon that is built, and no sources or tests', () => {
    const folder = directory.split('/').at(-1) ?? ''
    const addon = `package/prebuilds/linux-x64-gnu/${folder}.node`
    expect(files.includes(addon)).toBe(isBuilt(folder))
    expect(files.filter((file) => /\/(src|test|node_modules|build)\//.test(file))).toEqual([])
  })

  test('fits its budget', () => {
    expect(statSync(tarball).size / 1000).toBeLessThan(BUDGET_KB[name] ?? 0)
  })

  test('runs no script when it is installed', () => {
    const scripts = Object.keys(readManifest(directory).scripts ?? {})
    expect(scripts.filter((script) => /^(pre|post)?install$|^prepare$/.test(script))).toEqual([])
  })

  test('has exports that resolve', async () => {
    const packed = readFileSync(tarball)
    const bytes = new Uint8Array(packed).buffer
    const { messages, pkg } = await publint({ pack: { tarball: bytes }, strict: true })
    expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([])
  })
})
