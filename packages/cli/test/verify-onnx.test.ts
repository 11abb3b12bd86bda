import { cpSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { tensor } from '@attnkit/core'
import { writeModel, writeTensor } from '@attnkit/onnx'
import { describe, expect, it, vi } from 'vitest'
import { addBrokenBackends } from './fake-attnkit.js'
import { fakeTerminal } from './fake-session.js'
import {
  computed,
  SAMPLES,
  temporaryFolder,
  waves,
  writeDataSet,
  writeNodeTest,
} from './node-test-folders.js'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

addBrokenBackends()

interface Case {
  name: string
  status: string
  backend: string
  outputs: { name: string; rel_error: number | string; allowed: number }[]
  reason?: string
}

const casesOf = (document: Record<string, unknown>) => document.cases as Case[]

/** The one case below a folder, on the reference. */
async function onlyCase(path: string): Promise<Case & { exitCode: number }> {
  const { exitCode, document } = await runForJson(`verify --backend reference --onnx ${path}`)
  expect(casesOf(document)).toHaveLength(1)
  return { exitCode, ...casesOf(document)[0]! }
}

describe('verify --onnx', () => {
  it('runs the node tests below the folders, a line a case', async () => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'node', 'test_one'))
    await writeNodeTest(join(folder.path, 'other', 'deep', 'test_two'), 'float16')
    const { exitCode, stdout, stderr } = await runCommandLine(
      `verify --onnx ${join(folder.path, 'node')} ${join(folder.path, 'other')}`,
    )
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^✓ test_one: \w+ \S+ of 1e-5$/m)
    expect(stdout).toMatch(/^✓ test_two: \w+ \S+ of 1e-3$/m)
    expect(stdout).toMatch(/^covered: /m)
    expect(stdout).toMatch(
      /^✓ cpu: 2 passed, 0 failed, 0 unsupported of 2 ONNX node tests in \S+ s\n$/m,
    )
  })

  it.each(SAMPLES)('runs $operator', async (sample) => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'test_operator'), sample)
    const { reason, status, outputs } = await onlyCase(folder.path)
    expect({ status, reason }).toEqual({ status: 'passed' })
    expect(outputs.map(({ name }) => name)).toEqual(sample.outputs)
  })

  it('prints the document of its schema', async () => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'test_one'), 'bfloat16')
    const { exitCode, document } = await runForJson(
      `verify --backend reference --onnx ${folder.path}`,
    )
    expect(exitCode).toBe(0)
    expect(document).toEqual({
      schema_version: 1,
      passed: 1,
      failed: 0,
      unsupported: 0,
      coverage: expect.objectContaining({ bfloat16: 1, causal: 1, present: 1 }),
      variants: { float64: 1 },
      cases: [
        {
          name: 'test_one',
          status: 'passed',
          backend: 'reference',
          variant: 'float64',
          outputs: ['output', 'presentKey', 'presentValue'].map((name) => ({
            name,
            rel_error: expect.any(Number),
            allowed: 1e-2,
          })),
        },
      ],
    })
  })

  it('takes the folder of a test itself, and all its data sets', async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, 'test_sets')
    await writeNodeTest(path)
    for (const number of [2, 10]) {
      const { inputs, outputs } = await computed()
      writeDataSet(join(path, `test_data_set_${number}`), inputs, outputs)
    }
    const { document } = await runForJson(`verify --onnx ${path}`)
    expect(casesOf(document).map(({ name }) => name)).toEqual([
      'test_sets/test_data_set_0',
      'test_sets/test_data_set_2',
      'test_sets/test_data_set_10',
    ])
  })

  it('tells tests of the same name apart by their paths', async () => {
    using folder = temporaryFolder()
    for (const name of ['a', 'b']) await writeNodeTest(join(folder.path, name, 'test_same'))
    const { document } = await runForJson(`verify --onnx ${folder.path}`)
    const names = casesOf(document).map(({ name }) => name)
    expect(new Set(names).size).toBe(2)
    expect(names[0]).toMatch(/a\/test_same$/)
  })

  it('follows links, and ends where they lead in a circle', async () => {
    using folder = temporaryFolder()
    using elsewhere = temporaryFolder()
    await writeNodeTest(join(elsewhere.path, 'test_linked'))
    symlinkSync(elsewhere.path, join(folder.path, 'link'))
    symlinkSync(folder.path, join(elsewhere.path, 'back'))
    symlinkSync(folder.path, join(folder.path, 'self'))
    symlinkSync(join(folder.path, 'nowhere'), join(folder.path, 'broken'))
    const { document } = await runForJson(`verify --onnx ${folder.path} ${folder.path}`)
    expect(casesOf(document).map(({ name }) => name)).toEqual(['test_linked'])
  })

  it('runs the cases that --filter names', async () => {
    using folder = temporaryFolder()
    for (const name of ['test_one', 'test_two']) await writeNodeTest(join(folder.path, name))
    const line = `verify --onnx ${folder.path} --filter`
    const { document } = await runForJson(`${line} two`)
    expect(casesOf(document).map(({ name }) => name)).toEqual(['test_two'])
    expect((await runCommandLine(`${line} three`)).exitCode).toBe(2)
  })

  it('shows a progress bar on a terminal', async () => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'test_one'))
    const stderr = fakeTerminal(true)
    await runCommandLine(`verify --onnx ${folder.path}`, { stderr })
    expect(stderr.text).toContain('1/1  test_one')
  })

  it('exits with 2 where there is no test, no folder, and with flags of random problems', async () => {
    using folder = temporaryFolder()
    mkdirSync(join(folder.path, 'test_without_data'))
    writeFileSync(join(folder.path, 'test_without_data', 'model.onnx'), '')
    const none = await runForJson(`verify --onnx ${folder.path}`)
    expect(none.exitCode).toBe(2)
    expect(none.document.error).toMatchObject({
      code: 'invalid-argument',
      faults: [{ path: '--onnx', found: `no node test below ${folder.path}` }],
    })
    const missing = await runCommandLine(`verify --onnx ${join(folder.path, 'missing')}`)
    expect(missing).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('ENOENT') })
    expect((await runCommandLine(`verify --problems 3 --onnx ${folder.path}`)).exitCode).toBe(2)
    expect((await runCommandLine('verify --onnx')).exitCode).toBe(2)
  })

  it('exits with 3 for a backend that is not available', async () => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'test_one'))
    const line = `verify --backend cuda-flash --onnx ${folder.path}`
    expect((await runCommandLine(line)).exitCode).toBe(3)
  })
})

describe('a node test that does not pass', () => {
  it('fails with the output, its error and the allowed one', async () => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'test_one'))
    const line = `verify --backend wrong --onnx ${folder.path}`
    const { exitCode, stdout } = await runCommandLine(line)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^✗ test_one: output: relative norm 1\.00e\+0 of 1e-5/m)
    expect(stdout).toMatch(/^✗ wrong: 0 passed, 1 failed, 0 unsupported/m)
    const { document } = await runForJson(line)
    expect(casesOf(document)[0]!.outputs).toContainEqual({
      name: 'output',
      rel_error: 1,
      allowed: 1e-5,
    })
  })

  it('fails where one element is wrong, or -inf is not met', async () => {
    for (const wrong of [0.25, Number.NEGATIVE_INFINITY, Number.NaN]) {
      using folder = temporaryFolder()
      const path = join(folder.path, 'test_one')
      await writeNodeTest(path)
      const { inputs, outputs } = await computed()
      outputs.presentValue!.data[5] = wrong
      writeDataSet(join(path, 'test_data_set_0'), inputs, outputs)
      const one = await onlyCase(folder.path)
      expect(one).toMatchObject({ exitCode: 1, status: 'failed' })
      expect(one.reason).toMatch(/^presentValue: .*relative norm/)
      expect(one.outputs.map(({ name }) => name)).toEqual(['output', 'presentKey', 'presentValue'])
    }
  })

  it('fails where an output has another shape or dtype', async () => {
    for (const [dtype, shape] of [
      ['float32', [2, 3, 4, 2]],
      ['float16', [2, 3, 8]],
    ] as const) {
      using folder = temporaryFolder()
      const { call, inputs, outputs } = await computed()
      const expected = { ...outputs, output: waves(dtype, 0, shape) }
      writeDataSet(join(folder.path, 'test_data_set_0'), inputs, expected)
      writeFileSync(
        join(folder.path, 'model.onnx'),
        writeModel({ ...call, outputs: { ...call.outputs, output: { dtype } } }),
      )
      const { status, reason } = await onlyCase(folder.path)
      expect(status).toBe('failed')
      expect(reason).toBe(
        `output: found float32 (2, 3, 8), required ${dtype} (${shape.join(', ')})`,
      )
    }
  })

  it('is unsupported where the backend refuses it, and only then', async () => {
    using folder = temporaryFolder()
    await writeNodeTest(join(folder.path, 'test_float64'), 'float64')
    const line = `verify --backend cpu --onnx ${folder.path}`
    const { exitCode, stdout } = await runCommandLine(line)
    expect(exitCode).toBe(1)
    expect(stdout).toMatch(/^– test_float64: dtype-unsupported: \w+: found float64, required /m)
    expect(stdout).toContain('0 passed, 0 failed, 1 unsupported')
    expect((await runCommandLine(`${line} --allow-unsupported`)).exitCode).toBe(0)
    expect((await onlyCase(folder.path)).status).toBe('passed')
  })

  it('is unsupported where the model is no attention operator, or more than one node', async () => {
    // Protocol Buffers merge what is appended: another node in the graph.
    const relu = Uint8Array.of(0x3a, 8, 0x0a, 6, 0x22, 4, ...Buffer.from('Relu'))
    const { call } = await computed()
    const model = Buffer.from(writeModel(call))
    const other = Buffer.from(model.toString('latin1').replace('HeadAtt', 'HeadBtt'), 'latin1')
    for (const [bytes, found] of [
      [other, '"com.microsoft::MultiHeadBttention"'],
      [
        Buffer.concat([model, relu]),
        '2 nodes ("com.microsoft::MultiHeadAttention", "ai.onnx::Relu")',
      ],
    ] as const) {
      using folder = temporaryFolder()
      await writeNodeTest(folder.path)
      writeFileSync(join(folder.path, 'model.onnx'), bytes)
      const { exitCode, status, reason } = await onlyCase(folder.path)
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'unsupported' })
      expect(reason).toBe(
        `not-supported-yet: graph: found ${found}, required one node, of an attention operator`,
      )
    }
  })

  it('fails when its values break a rule of the operator', async () => {
    using folder = temporaryFolder()
    const { call, inputs, outputs } = await computed()
    writeDataSet(join(folder.path, 'test_data_set_0'), inputs, outputs)
    const attributes = { numHeads: 3 }
    writeFileSync(join(folder.path, 'model.onnx'), writeModel({ ...call, attributes }))
    const { status, reason } = await onlyCase(folder.path)
    expect(status).toBe('failed')
    expect(reason).toMatch(/^invalid-argument: MultiHeadAttention: /)
    expect(reason).not.toContain('\n')
  })

  it('fails alone when the backend does', async () => {
    using folder = temporaryFolder()
    for (const name of ['test_one', 'test_two']) await writeNodeTest(join(folder.path, name))
    const { exitCode, document } = await runForJson(`verify --backend buggy --onnx ${folder.path}`)
    expect(exitCode).toBe(1)
    expect(document).toMatchObject({ passed: 0, failed: 2 })
  })
})

/** Damages a good node test, and what its case must say then. */
const DAMAGES: readonly (readonly [string, (path: string) => unknown, RegExp])[] = [
  [
    'a model that is none',
    (path) => writeFileSync(join(path, 'model.onnx'), 'not a model'),
    /^invalid-argument: readModel: model\.onnx: found 11 bytes that are none/,
  ],
  [
    'a model that is a folder',
    (path) => {
      rmSync(join(path, 'model.onnx'))
      mkdirSync(join(path, 'model.onnx'))
    },
    /^invalid-argument: .*model\.onnx: path: found/,
  ],
  [
    'an input that is cut short',
    (path) =>
      writeFileSync(
        join(path, 'test_data_set_0', 'input_1.pb'),
        writeTensor(waves('float32', 1)).slice(0, -9),
      ),
    /^invalid-argument: readTensor: input_1\.pb: found \d+ bytes that are none/,
  ],
  [
    'an input that is missing',
    (path) => rmSync(join(path, 'test_data_set_0', 'input_2.pb')),
    /input_\*\.pb: found 2 files, required 3/,
  ],
  [
    'inputs with a hole in their numbers',
    (path) => {
      const set = join(path, 'test_data_set_0')
      cpSync(join(set, 'input_2.pb'), join(set, 'input_7.pb'))
      rmSync(join(set, 'input_2.pb'))
    },
    /input_2\.pb: path: found ENOENT/,
  ],
  [
    'an output too many',
    (path) => {
      const set = join(path, 'test_data_set_0')
      cpSync(join(set, 'output_0.pb'), join(set, 'output_3.pb'))
    },
    /output_\*\.pb: found 4 files, required 3/,
  ],
  [
    'an input of another shape than the graph says',
    (path) =>
      writeFileSync(
        join(path, 'test_data_set_0', 'input_0.pb'),
        writeTensor(tensor(new Float32Array(8), [1, 1, 8])),
      ),
    /input_0\.pb: tensor: found float32 \(1, 1, 8\), required float32 \(2, 3, 8\)/,
  ],
]

describe('a node test that is damaged', () => {
  it.each(DAMAGES)(
    '%s: fails with what is wrong, and the others run',
    async (_, damage, reason) => {
      using folder = temporaryFolder()
      await writeNodeTest(join(folder.path, 'test_damaged'))
      await writeNodeTest(join(folder.path, 'test_good'))
      damage(join(folder.path, 'test_damaged'))
      const { exitCode, document } = await runForJson(
        `verify --backend reference --onnx ${folder.path}`,
      )
      expect(exitCode).toBe(1)
      const [damaged, good] = casesOf(document)
      expect(damaged).toMatchObject({ name: 'test_damaged', status: 'failed', outputs: [] })
      expect(damaged!.reason).toMatch(reason)
      expect(good).toMatchObject({ name: 'test_good', status: 'passed' })
    },
  )
})
