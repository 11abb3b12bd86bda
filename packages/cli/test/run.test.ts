import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HostTensor, OPERATORS, tensor } from '@attnkit/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { readNpy, writeNpy } from '../src/files/npy.js'
import { readSafetensors, writeSafetensors } from '../src/files/safetensors.js'
import { addBrokenBackends } from './fake-attnkit.js'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))
addBrokenBackends()

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'attnkit-run-'))
})
afterEach(() => rm(folder, { recursive: true }))

/** Two keys, of which the query sees both alike: the output is the mean of the values. */
const QUERY = tensor(Float32Array.of(0, 0), [1, 1, 2])
const KEY = tensor(Float32Array.of(1, 2, 3, 4), [1, 2, 2])
const VALUE = tensor(Float32Array.of(10, 20, 30, 60), [1, 2, 2])
const MEAN = [20, 40]

function at(name: string): string {
  return join(folder, name)
}

async function saveNpy(name: string, value: HostTensor): Promise<void> {
  await writeFile(at(name), Buffer.concat(writeNpy(value, name)))
}

async function saveAll(name: string, tensors: Record<string, HostTensor>): Promise<void> {
  await writeFile(at(name), Buffer.concat(writeSafetensors(new Map(Object.entries(tensors)))))
}

async function bytesOf(name: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(at(name)))
}

async function saveInputs(): Promise<string> {
  await Promise.all([
    saveNpy('q.npy', QUERY),
    saveNpy('k.npy', KEY),
    saveNpy('v.npy', VALUE),
    saveAll('all.safetensors', { query: QUERY, key: KEY, value: VALUE }),
  ])
  return `run MultiHeadAttention --num-heads 1 --query ${at('q.npy')} --key ${at('k.npy')} --value ${at('v.npy')}`
}

describe('run', () => {
  it('reads .npy files by the names of the inputs, and writes one', async () => {
    const line = await saveInputs()
    const { exitCode, stdout, stderr } = await runCommandLine(
      `${line} --output output=${at('out.npy')}`,
    )
    expect(stderr).toBe('')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/^MultiHeadAttention on cpu with avx512-tile, \S+ ms\n/)
    expect(stdout).toMatch(/output +float32 +\(1, 1, 2\) +min 20.000 +max 40.000 +mean 30.000 +→ /)
    const output = readNpy(await bytesOf('out.npy'), 'out.npy')
    expect(output.shape).toEqual([1, 1, 2])
    expect([...output.data]).toEqual(MEAN)
    expect((await readdir(folder)).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('takes the inputs of one .safetensors file, in either spelling, and says what it leaves', async () => {
    await saveAll('all.safetensors', {
      query: QUERY,
      key: KEY,
      value: VALUE,
      key_padding_mask: tensor(Int32Array.of(1), [1]),
      other: QUERY,
    })
    const { exitCode, stdout, stderr } = await runCommandLine(
      `run MultiHeadAttention --num-heads 1 --input ${at('all.safetensors')} --output ${at('out.safetensors')}`,
    )
    expect(exitCode).toBe(0)
    expect(stderr).toBe(`not inputs of it: ${at('all.safetensors')}: other\n`)
    expect(stdout).toContain('output')
    const file = readSafetensors(await bytesOf('out.safetensors'), 'out.safetensors')
    expect(file.names).toEqual(['output'])
    expect([...file.read('output').data]).toEqual([10, 20])
  })

  it('computes the optional outputs that are named, and gathers them in one file', async () => {
    const line = await saveInputs()
    const out = at('out.safetensors')
    const { exitCode, document } = await runForJson(
      `${line} --scale 1 --output presentKey=${out} --output present-value=${out}#pv --output qk=${at('qk.npy')}`,
    )
    expect(exitCode).toBe(0)
    const names = (document.outputs as { name: string; file: string | null }[]).map(
      ({ name, file }) => [name, file],
    )
    expect(names).toEqual([
      ['output', null],
      ['presentKey', out],
      ['presentValue', out],
      ['qk', at('qk.npy')],
    ])
    const file = readSafetensors(await bytesOf('out.safetensors'), 'out.safetensors')
    expect([...file.names].sort()).toEqual(['presentKey', 'pv'])
    expect([...file.read('pv').data]).toEqual([10, 20, 30, 60])
    expect(document.decision).toMatchObject({ backend: 'cpu', policy: 'fastest' })
  })

  it('picks tensors of files, and takes attributes by their flags', async () => {
    await saveAll('all.safetensors', { a: QUERY, key: KEY, value: VALUE })
    const file = at('all.safetensors')
    const { exitCode, document } = await runForJson(
      `run MultiHeadAttention --num-heads 1 --unidirectional 1 --input query=${file}#a --key ${file} --input value=${file} --backend reference`,
    )
    expect(exitCode).toBe(0)
    expect(document.outputs).toMatchObject([{ min: 10, max: 20, mean: 15, nan: 0 }])
    expect(document.decision).toMatchObject({ backend: 'reference', policy: 'only(reference)' })
  })

  it.each([
    ['--query q.txt', '--query: found "q.txt", required'],
    ['--input q.npy', '--input: found "q.npy", required'],
    ['--query missing.npy', 'missing.npy: path: found ENOENT'],
    ['--query FOLDER', 'required'],
    ['--input nothing=FOLDER/q.npy', '--input: found "nothing", required one of query, key'],
    ['--query FOLDER/q.npy --input query=FOLDER/q.npy', 'each input once'],
    ['--query FOLDER/all.safetensors#x', 'tensor "x": found'],
    ['--output outputs=out.npy', '--output: found "outputs", required one of output,'],
    ['--query FOLDER/bad.npy', 'magic: found'],
    ['--query FOLDER/q.npy --key FOLDER/q.npy', 'MultiHeadAttention: '],
    ['--num-head 3', 'Did you mean --num-heads?'],
    ['--scale x', 'a finite number'],
  ])('refuses %s with exit code 2', async (words, said) => {
    await saveInputs()
    await writeFile(at('bad.npy'), 'not numpy at all')
    const line = `run MultiHeadAttention --num-heads 1 ${words.replaceAll('FOLDER', folder)}`
    const { exitCode, stdout, stderr } = await runCommandLine(line)
    expect(stderr).toContain(said)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
  })

  it('reports every fault of the call as data', async () => {
    const line = await saveInputs()
    const { exitCode, document } = await runForJson(line.replace('--num-heads 1', '--num-heads 3'))
    expect(exitCode).toBe(2)
    const error = document.error as { code: string; faults: unknown[] }
    expect(error.code).toBe('invalid-argument')
    expect(error.faults.length).toBeGreaterThan(0)
  })

  it('exits with 4 when no backend supports the call, with all reasons', async () => {
    const file = at('double.safetensors')
    await saveAll('double.safetensors', { query: tensor(Float64Array.of(0, 0), [1, 1, 2]) })
    const line = `run MultiHeadAttention --num-heads 1 --input ${file} --key ${file}#query --value ${file}#query`
    const { exitCode, document } = await runForJson(`${line} --backend cpu`)
    expect(exitCode).toBe(4)
    expect(document.error).toMatchObject({
      code: 'no-backend-supports',
      reasons: [{ backend: 'cpu', code: 'dtype-unsupported' }],
    })
  })

  it('exits with 5 when the device fails', async () => {
    const { exitCode, stderr } = await runCommandLine(`${await saveInputs()} --backend lost`)
    expect(exitCode).toBe(5)
    expect(stderr).toBe('attnkit: fake: the device was lost; start the process again\n')
  })

  it('exits with 70 for a bug, shows where it is, and asks for a report', async () => {
    const { exitCode, stderr } = await runCommandLine(`${await saveInputs()} --backend buggy`)
    expect(exitCode).toBe(70)
    expect(stderr).toContain('not a function')
    expect(stderr).toMatch(/^ {4}at /m)
    expect(stderr).toContain('attnkit env --json')
  })

  it('does not write a file that cannot be whole', async () => {
    const line = await saveInputs()
    const { exitCode, stderr } = await runCommandLine(
      `${line} --output output=${at('none/out.npy')}`,
    )
    expect(exitCode).toBe(2)
    expect(stderr).toContain('out.npy: path: found ENOENT, required a file that can be written')
  })

  it('shows the declarations of the operator as help', async () => {
    const { exitCode, stdout } = await runCommandLine('run MultiHeadAttention --help')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(
      /^Examples:\n {2}attnkit run MultiHeadAttention --query query.npy --num-heads 12/,
    )
    expect(stdout).toMatch(/--past-sequence-length <number or file>/)
    expect(stdout).toMatch(/--mask-filter-value <n>/)
    expect(stdout).toMatch(/^ {2}presentKey/m)
  })

  it.each([...OPERATORS.keys()])('has help for %s', async (operator) => {
    const { exitCode, stdout } = await runCommandLine(`run ${operator} --help`)
    expect(exitCode).toBe(0)
    expect(stdout).toContain(`Examples:\n  attnkit run ${operator} --`)
    for (const { name } of OPERATORS.get(operator)!.outputs) expect(stdout).toContain(`  ${name} `)
  })

  it('takes an input whose name is that of a flag, and attributes that are lists', async () => {
    const eye = Float32Array.of(1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1)
    await saveNpy('input.npy', tensor(Float32Array.of(1, 2), [1, 1, 2]))
    await saveNpy('weights.npy', tensor(eye, [2, 6]))
    await saveNpy('bias.npy', tensor(new Float32Array(6), [6]))
    const line =
      `run Attention --input input=${at('input.npy')} --weights ${at('weights.npy')} ` +
      `--bias ${at('bias.npy')} --num-heads 1 --output output=${at('out.npy')}`
    const { exitCode, stderr } = await runCommandLine(`${line} --qkv-hidden-sizes 2,2,2`)
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
    expect(readNpy(await bytesOf('out.npy'), 'out.npy').data).toEqual(Float32Array.of(1, 2))
    expect((await runCommandLine(`${line} --qkv-hidden-sizes 2,two,2`)).exitCode).toBe(2)
    expect((await runCommandLine(`${line} --qkv-hidden-sizes 2,2`)).exitCode).toBe(2)
  })

  it('needs the attributes that the operator needs', async () => {
    const { exitCode, stderr } = await runCommandLine('run MultiHeadAttention --query q.npy')
    expect(exitCode).toBe(2)
    expect(stderr).toContain("required option '--num-heads <n>' not specified")
  })
})
