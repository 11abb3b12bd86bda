import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { discoverBackends } from '../src/discover-backends.js'
import { KNOWN_BACKENDS, type KnownBackend } from '../src/known-backends.js'

const directory = mkdtempSync(join(tmpdir(), 'attnkit-discovery-'))
afterAll(() => rmSync(directory, { recursive: true }))

const BACKEND = (name: string) => `({
  [Symbol.for('attnkit.backend')]: true, contract: 1, name: '${name}', deviceType: 'host',
  capabilities: { family: 'other' }, plan() {}, supports() {}, async availability() {}
})`

/** Installs a package with `source` in the directory's node_modules. */
function install(packageName: string, source: string): void {
  const home = join(directory, 'node_modules', packageName)
  mkdirSync(home, { recursive: true })
  const manifest = { name: packageName, type: 'module', exports: { '.': './index.js' } }
  writeFileSync(join(home, 'package.json'), JSON.stringify(manifest))
  writeFileSync(join(home, 'index.js'), source)
}

/** A known backend that attnkit itself cannot find. */
function known(packageName: string, load?: () => Promise<unknown>): KnownBackend {
  const resolveHere = async () => createRequire(import.meta.url).resolve(packageName)
  return { name: 'special', packageName, factory: 'special', load: load ?? resolveHere }
}

const discover = (...list: KnownBackend[]) => discoverBackends({ directory, known: list })

async function absentOf(one: KnownBackend) {
  const { backends, absent } = await discover(one)
  expect(backends).toEqual([])
  expect(absent).toHaveLength(1)
  return absent[0]!
}

describe('discoverBackends', () => {
  it('says what to install where a package is nowhere', async () => {
    expect(await absentOf(known('@attnkit/nowhere'))).toEqual({
      name: 'special',
      status: 'not-installed',
      reason: {
        code: 'not-installed',
        subject: '@attnkit/nowhere',
        found: 'not installed',
        required: 'installed beside attnkit, or in the working directory',
        remedy: 'npm i @attnkit/nowhere',
      },
    })
  })

  it('takes what attnkit itself can import first', async () => {
    const backend: unknown = { [Symbol.for('attnkit.backend')]: true, name: 'special' }
    const own = known('@attnkit/own', async () => ({ special: () => backend }))
    install('@attnkit/own', 'throw new Error("not this one")')
    const { backends, absent } = await discover(own)
    expect(backends).toEqual([backend])
    expect(absent).toEqual([])
  })

  it('looks into the node_modules of the working directory next', async () => {
    install('@attnkit/local', `export const special = () => ${BACKEND('special')}`)
    const { backends } = await discover(known('@attnkit/local'))
    expect(backends.map(({ name }) => name)).toEqual(['special'])
  })

  it.each([
    ['that fails when imported', 'throw new Error("bad build")', 'bad build'],
    ['whose own dependency is missing', "import 'not-there-at-all'", 'not-there-at-all'],
    ['without the export', 'export const other = 1', 'no export special'],
    ['whose factory throws', 'export const special = () => { throw new Error("boom") }', 'boom'],
    ['that makes no backend', 'export const special = () => 5', 'special() gave 5'],
    ['that makes another', `export const special = () => ${BACKEND('x')}`, 'gave an object'],
  ])('has a reason for a package %s', async (what, source, found) => {
    const packageName = `@attnkit/${what.replaceAll(' ', '-')}`
    install(packageName, source)
    expect(await absentOf(known(packageName))).toMatchObject({
      name: 'special',
      status: 'unavailable',
      reason: {
        code: 'binary-load-failed',
        subject: packageName,
        found: expect.stringContaining(found),
      },
    })
  })

  it('gives a backend its options', async () => {
    const given: unknown[] = []
    const named = (name: string): KnownBackend => ({
      ...known(name, async () => ({ special: (options: unknown) => given.push(options) })),
      name,
    })
    const backendOptions = { b: { exactSoftmax: true }, c: 1 }
    await discoverBackends({ directory, known: [named('a'), named('b')], backendOptions })
    expect(given).toEqual([undefined, { exactSoftmax: true }])
  })

  it('keeps the order of the table', async () => {
    const named = (name: string): KnownBackend => ({
      name,
      packageName: name,
      factory: 'make',
      load: async () => ({ make: () => ({ [Symbol.for('attnkit.backend')]: true, name }) }),
    })
    const { backends } = await discover(named('b'), named('a'), named('c'))
    expect(backends.map(({ name }) => name)).toEqual(['b', 'a', 'c'])
  })
})

describe('the table of known backends', () => {
  it('has CUDA in front of the CPU, and names of packages only', () => {
    expect(KNOWN_BACKENDS.map(({ name }) => name)).toEqual(['cuda-flash', 'cpu'])
    for (const { name, packageName } of KNOWN_BACKENDS) expect(packageName).toBe(`@attnkit/${name}`)
  })
})
