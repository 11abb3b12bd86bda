import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { currentHost, loadAddon, type NativeHost } from '../src/native/index.js'

const VERSION = '1.2.3'
let root: string

/** The smallest file with the header of a shared object for `machine`; it has nothing to load. */
function elf(machine: number, sectionOffset = 0): Buffer {
  const header = Buffer.alloc(64)
  header.writeUInt32BE(0x7f454c46)
  header.writeUInt8(2, 4)
  header.writeUInt8(1, 5)
  header.writeUInt8(1, 6)
  header.writeUInt16LE(3, 16)
  header.writeUInt16LE(machine, 18)
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(BigInt(sectionOffset), 40)
  return header
}

function host(changes: Partial<NativeHost> = {}): NativeHost {
  return {
    platform: 'linux',
    arch: 'x64',
    glibc: '2.36',
    environment: {},
    open: () => ({ buildInfo: () => ({ version: VERSION }) }),
    ...changes,
  }
}

function put(path: string, content: string | Buffer): string {
  const file = join(root, path)
  mkdirSync(join(file, '..'), { recursive: true })
  writeFileSync(file, content)
  return file
}

function load(on: NativeHost = host(), module = 'dist/index.js') {
  const packageUrl = pathToFileURL(join(root, module)).href
  return loadAddon({ packageUrl, packageName: '@x/y', addonName: 'y', version: VERSION }, on)
}

function reason(on: NativeHost = host()) {
  const result = load(on)
  if (result.status === 'loaded') throw new Error(`loaded ${result.path}`)
  return result.reason
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'attnkit-loader-'))
  put('package.json', '{"name":"@x/y"}')
})
afterEach(() => rmSync(root, { recursive: true }))

describe('where an addon is looked for', () => {
  it('takes the override, then what was built, then what was shipped', () => {
    const shipped = put('prebuilds/linux-x64-gnu/y.node', elf(62))
    expect(load()).toMatchObject({ status: 'loaded', path: shipped })
    const built = put('build/Release/y.node', elf(62))
    expect(load()).toMatchObject({ status: 'loaded', path: built })
    const override = put('elsewhere/y.node', elf(62))
    const environment = { ATTNKIT_NATIVE_DIR: join(root, 'elsewhere') }
    expect(load(host({ environment }))).toMatchObject({ status: 'loaded', path: override })
  })

  it('looks on when the override has no such file', () => {
    const built = put('build/Release/y.node', elf(62))
    const environment = { ATTNKIT_NATIVE_DIR: join(root, 'nowhere') }
    expect(load(host({ environment }))).toMatchObject({ status: 'loaded', path: built })
  })

  it('takes native/ beside a bundle, which has no package around it', () => {
    put('package.json', '{"name":"somebody-else"}')
    put('build/Release/y.node', elf(62))
    const bundled = put('bundle/native/y.node', elf(62))
    expect(load(host(), 'bundle/app.mjs')).toMatchObject({ status: 'loaded', path: bundled })
  })
})

describe('why an addon is not there', () => {
  it('platform-unsupported', () => {
    expect(reason(host({ platform: 'darwin', arch: 'arm64' }))).toMatchObject({
      code: 'platform-unsupported',
      found: 'darwin-arm64',
      required: expect.stringContaining('linux-x64-gnu'),
    })
    expect(reason(host({ glibc: '' })).found).toBe('linux-x64-musl')
  })

  it('binary-missing, with the command that brings it', () => {
    expect(reason()).toMatchObject({
      code: 'binary-missing',
      found: expect.stringContaining(join(root, 'build', 'Release')),
      required: 'y.node of @x/y 1.2.3',
      remedy: expect.stringContaining('npm i --force @x/y@1.2.3'),
    })
    put('CMakeLists.txt', '')
    expect(reason().remedy).toContain('pnpm --filter @x/y build:native')
  })

  it('binary-for-other-platform', () => {
    put('prebuilds/linux-arm64-gnu/y.node', elf(183))
    expect(reason()).toMatchObject({
      code: 'binary-for-other-platform',
      found: 'linux-arm64-gnu',
      required: 'linux-x64-gnu',
    })
  })
})

describe('why an addon that is there cannot be used', () => {
  it.each([
    ['an empty file', ''],
    ['a Git LFS pointer', 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n'],
    ['a Windows file', 'MZ and what follows'],
    ['30 bytes that do not start as an ELF file', 'text of exactly thirty bytes!!'],
    ['40 bytes, cut off', elf(62).subarray(0, 40)],
    ['64 of at least 4096 bytes', elf(62, 4096)],
  ])('binary-corrupt: %s', (found, content) => {
    put('build/Release/y.node', content)
    expect(reason()).toMatchObject({ code: 'binary-corrupt', found, required: 'a whole ELF file' })
  })

  it('binary-corrupt: a segment that goes on past the end of the file', () => {
    const header = elf(62)
    header.writeBigUInt64LE(64n, 32)
    header.writeUInt16LE(56, 54)
    header.writeUInt16LE(1, 56)
    const segment = Buffer.alloc(56)
    segment.writeBigUInt64LE(64n, 8)
    segment.writeBigUInt64LE(1000n, 32)
    put('build/Release/y.node', Buffer.concat([header, segment]))
    expect(reason().found).toBe('120 of at least 1064 bytes')
  })

  it('never asks the dynamic linker about a file that the headers disprove', () => {
    put('build/Release/y.node', elf(62, 4096))
    const open = () => {
      throw new Error('opened')
    }
    expect(reason(host({ open })).code).toBe('binary-corrupt')
  })

  it('binary-wrong-arch', () => {
    put('build/Release/y.node', elf(183))
    expect(reason()).toMatchObject({ code: 'binary-wrong-arch', found: 'arm64', required: 'x64' })
    put('build/Release/y.node', elf(243))
    expect(reason().found).toBe('machine 243')
  })

  it('binary-load-failed, as the real dynamic linker says it', () => {
    const here = currentHost()
    put('build/Release/y.node', elf(here.arch === 'arm64' ? 183 : 62))
    expect(reason(here)).toMatchObject({
      code: 'binary-load-failed',
      found: expect.stringContaining(`glibc ${here.glibc}`),
    })
  })

  it('binary-load-failed: a glibc that is too old, with both versions', () => {
    put('build/Release/y.node', elf(62))
    const open = () => {
      throw new Error("/lib/libm.so.6: version `GLIBC_2.38' not found (required by y.node)")
    }
    expect(reason(host({ open }))).toMatchObject({
      code: 'binary-load-failed',
      found: 'glibc 2.36',
      required: 'glibc 2.38 or newer',
    })
  })

  it('binary-load-failed: a folder by that name', () => {
    mkdirSync(join(root, 'build', 'Release', 'y.node'), { recursive: true })
    expect(reason().code).toBe('binary-load-failed')
  })

  it('binary-version-mismatch', () => {
    put('build/Release/y.node', elf(62))
    const open = () => ({ buildInfo: () => ({ version: '1.2.2' }) })
    expect(reason(host({ open }))).toMatchObject({
      code: 'binary-version-mismatch',
      found: '1.2.2',
      required: '1.2.3',
    })
    expect(reason(host({ open: () => ({}) })).found).toBe('an addon without a version')
  })
})
