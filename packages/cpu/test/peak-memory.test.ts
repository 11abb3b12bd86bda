import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { describeNative } from './support/describe-native.js'

const script = fileURLToPath(new URL('./support/peak-memory.mjs', import.meta.url))
const packageUrl = new URL('../dist/index.js', import.meta.url).href
const isLinux = existsSync('/proc/self/status')

describeNative('memory of a long call', () => {
  // The scores alone would be 4 GB.
  it.skipIf(!isLinux)(
    '32,768 tokens in plain arrays add less than 64 MB (else: the peak is read from /proc)',
    () => {
      const printed = execFileSync(process.execPath, [script, packageUrl], { encoding: 'utf8' })
      const { added, variant } = JSON.parse(printed) as { added: number; variant: string }
      expect(variant).toMatch(/-t\d+$/)
      expect(added).toBeGreaterThan(0)
      expect(added).toBeLessThan(64e6)
    },
    120_000,
  )
})
