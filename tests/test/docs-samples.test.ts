import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { docsSamples } from '../src/docs-samples.js'
import { HAS_DRIVER } from '../src/machine.js'
import { ROOT } from '../src/repository.js'
import { runProgram } from '../src/run-program.js'

/** Inside this package, so that imports resolve as they do for a user of the packages. */
const FOLDER = join(ROOT, 'tests', 'build', 'samples')
const samples = docsSamples().map((sample, i) => ({ ...sample, file: `sample-${i}.ts` }))

beforeAll(() => {
  rmSync(FOLDER, { recursive: true, force: true })
  mkdirSync(FOLDER, { recursive: true })
  for (const { file, source } of samples)
    writeFileSync(join(FOLDER, file), `${source}\nexport {}\n`)
})

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }))

/** Faults of the types in all samples, by file. */
function typeFaults(): Map<string, string[]> {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile)
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, FOLDER)
  const names = samples.map(({ file }) => join(FOLDER, file))
  const program = ts.createProgram(names, { ...options, noUnusedLocals: false })
  const faults = new Map<string, string[]>()
  for (const { file, start, messageText } of ts.getPreEmitDiagnostics(program)) {
    const line = file && start ? file.getLineAndCharacterOfPosition(start).line + 1 : 0
    const name = file?.fileName.split('/').at(-1) ?? ''
    const text = `line ${line}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
    faults.set(name, [...(faults.get(name) ?? []), text])
  }
  return faults
}

describe('the samples of the docs', () => {
  let faults = new Map<string, string[]>()
  beforeAll(() => {
    faults = typeFaults()
  })

  test('are found', () => {
    expect(samples.length).toBeGreaterThan(5)
    expect(samples.some(({ place }) => place.startsWith('README.md'))).toBe(true)
  })

  test.each(samples)('$place has right types', ({ file }) => {
    expect(faults.get(file) ?? []).toEqual([])
  })

  test.for(samples)('$place runs', async ({ file, source, needsGpu }, { skip }) => {
    if (needsGpu && !HAS_DRIVER) skip('no GPU on this machine')
    const module = file.replace(/\.ts$/, '.mjs')
    const { outputText } = ts.transpileModule(source, {
      compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
    })
    writeFileSync(join(FOLDER, module), outputText)
    const result = await runProgram(process.execPath, [module], { cwd: FOLDER })
    expect(result, result.stderr).toMatchObject({ code: 0 })
  })
})
