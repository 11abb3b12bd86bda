import { cudaRuntime } from '@attnkit/cuda-runtime'
import { describe, expect, it } from 'vitest'
import { EXIT } from '../src/exit-codes.js'
import { main } from '../src/main.js'

const runtime = await cudaRuntime()
const missing = runtime.status === 'unavailable' ? runtime.reason.code : undefined

async function run(...args: string[]) {
  const text = { stdout: '', stderr: '' }
  const exitCode = await main(args, {
    stdout: { write: (part) => (text.stdout += part) },
    stderr: { write: (part) => (text.stderr += part) },
  })
  return { exitCode, ...text }
}

describe('seed', () => {
  it.skipIf(missing === undefined)('says why it cannot run where there is no GPU', async () => {
    const { exitCode, stderr } = await run('seed', '--no-peers')
    expect(exitCode).toBe(EXIT.unavailable)
    expect(stderr).toContain(`no GPU: ${missing}`)
  })

  it.skipIf(missing !== undefined)(
    `measures a row on a GPU${missing ? ` (skipped: ${missing})` : ''}`,
    async () => {
      const { exitCode, stdout } = await run(
        'seed',
        '--rows=75',
        '--blocks=1',
        '--no-peers',
        '--json',
      )
      expect(exitCode).toBe(EXIT.ok)
      const [row] = JSON.parse(stdout).rows
      expect(row).toMatchObject({ format: 'QKV', layout: 'bsn3h', error_rows: 512 })
      expect(row.rel_error).toBeLessThan(6e-4)
    },
  )
})
