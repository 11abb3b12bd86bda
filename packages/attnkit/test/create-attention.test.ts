import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'

const PACKAGE = pathToFileURL(fileURLToPath(new URL('../dist/index.js', import.meta.url))).href
const directory = mkdtempSync(join(tmpdir(), 'attnkit-creation-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** What `body` prints as JSON, in a Node of its own that imports the built package. */
function run(body: string, environment: Record<string, string> = {}): unknown {
  const source = `
    import * as attnkit from ${JSON.stringify(PACKAGE)}
    const print = (value) => console.log(JSON.stringify(value))
    const failure = async (promise) => promise.then(() => null, ({ code, message }) => ({ code, message }))
    ${body}`
  const text = execFileSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: directory,
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  })
  return JSON.parse(text)
}

describe('createAttention', () => {
  it('finds the backends that are installed, on any machine', () => {
    const backends = run(`
      const attention = await attnkit.createAttention()
      print(attention.backends.map(({ name, status }) => ({ name, status })))`)
    expect(backends).toContainEqual({ name: 'cpu', status: expect.stringMatching(/ready|unavail/) })
    expect(backends).toContainEqual({ name: 'cuda-flash', status: expect.any(String) })
    expect(backends).toContainEqual({ name: 'reference', status: 'ready' })
  })

  it('computes with no more than an import and a call', () => {
    const result = run(`
      const attention = await attnkit.createAttention()
      const make = () => attnkit.tensor(new Float32Array(8).fill(0.5), [1, 2, 4])
      const inputs = { query: make(), key: make(), value: make() }
      const { output, decision } = await attention.multiHeadAttention(inputs, { numHeads: 2 })
      print({ output: [...output.data], chosen: decision.backend })`)
    expect(result).toEqual({ output: Array(8).fill(0.5), chosen: expect.any(String) })
  })

  it('takes the backends given and no others', () => {
    const names = run(`
      const attention = await attnkit.createAttention({ backends: [] })
      print(attention.backends.map(({ name }) => name))`)
    expect(names).toEqual(['reference'])
  })

  it('never imports what a variable names', () => {
    const trap = join(directory, 'trap.mjs')
    const sprung = join(directory, 'sprung')
    const source = `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(sprung)}, '')`
    writeFileSync(trap, source)
    for (const variable of ['ATTNKIT_BACKEND', 'ATTNKIT_DISABLE']) {
      const refusal = run('print(await failure(attnkit.createAttention()))', { [variable]: trap })
      expect(refusal).toMatchObject({
        code: 'invalid-argument',
        message: expect.stringMatching(/one of cuda-flash, cpu, reference|one of .*reference/),
      })
    }
    expect(existsSync(sprung)).toBe(false)
  })

  it('refuses options that are none', () => {
    const refusals = run(`
      const refusals = []
      for (const options of [null, 5, 'cpu', { backends: 5 }, { absent: 5 }]) {
        refusals.push(await failure(attnkit.createAttention(options)))
      }
      print(refusals.map(({ code }) => code))`)
    expect(refusals).toEqual(Array(5).fill('invalid-argument'))
  })
})
