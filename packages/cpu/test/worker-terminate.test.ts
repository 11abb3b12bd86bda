import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'
import { describeNative } from './support/describe-native.js'

const ROUNDS = 200
const script = fileURLToPath(new URL('./support/terminate-rounds.mjs', import.meta.url))
const packageUrl = new URL('../dist/index.js', import.meta.url)

describeNative('terminating a worker during its calls', () => {
  it(`takes less than 200 ms in each of ${ROUNDS} rounds, and leaves nothing behind`, async () => {
    expect(existsSync(packageUrl), 'dist/ is built before the tests').toBe(true)
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--expose-gc',
      script,
      String(ROUNDS),
      packageUrl.href,
    ])
    const { slowest, wrong, early, late } = JSON.parse(stdout)
    expect(slowest).toBeLessThan(200)
    expect(wrong).toBe(0)
    // Each round uses 4 MB of tensors: 150 rounds that leak a tenth of it would show.
    expect(late - early).toBeLessThan(40 << 20)
  })
})
