import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { filesBelow, fixtureFolder, NO_FIXTURES } from '../src/fixtures.js'
import { isBuilt } from '../src/machine.js'
import { ROOT } from '../src/repository.js'
import { runProgram } from '../src/run-program.js'

interface Report {
  readonly passed: number
  readonly failed: number
  readonly unsupported: number
  readonly coverage: Readonly<Record<string, number>>
  readonly cases: readonly { readonly name: string; readonly status: string; reason?: string }[]
}

const PROGRAM = join(ROOT, 'packages', 'cli', 'dist', 'bin.js')
const BACKENDS = isBuilt('cpu') ? ['reference', 'cpu'] : ['reference']
const folder = fixtureFolder('onnx-node')

describe("ONNX's own node tests of Attention", () => {
  test.for(BACKENDS)('all pass on %s', async (backend, { skip }) => {
    if (folder === null) return skip(NO_FIXTURES)
    const args = [PROGRAM, 'verify', '--backend', backend, '--onnx', folder, '--json']
    const { code, stdout, stderr } = await runProgram(process.execPath, args, { cwd: ROOT })
    expect(stderr).toBe('')
    const { cases, ...report } = JSON.parse(stdout) as Report
    expect(cases.filter(({ status }) => status !== 'passed')).toEqual([])
    expect(report).toMatchObject({ failed: 0, unsupported: 0 })
    expect(report.passed).toBe(filesBelow(folder, 'model.onnx').length)
    expect(Object.keys(report.coverage)).toEqual(
      expect.arrayContaining(['causal', 'past', 'present', 'grouped-queries', 'softcap']),
    )
    expect(code).toBe(0)
  })
})
