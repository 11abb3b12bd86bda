import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { readElf } from '../../scripts/binary/read-elf.mjs'
import { readFatbin } from '../../scripts/binary/read-fatbin.mjs'
import { glibcFault, requiredGlibc } from '../../scripts/check-glibc.mjs'
import { inspectAddon } from '../../scripts/check-native.mjs'
import { nativePackages } from '../../scripts/native-packages.mjs'
import { isBuilt } from '../src/machine.js'

const folder = mkdtempSync(join(tmpdir(), 'attnkit-elf-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe.runIf(process.platform === 'linux')('the reader of ELF files', () => {
  test('reads what Node itself needs', () => {
    const { needed, versions } = readElf(process.execPath)
    expect(needed).toContain('libc.so.6')
    expect(versions.some(({ version }) => version.startsWith('GLIBC_2.'))).toBe(true)
    expect(requiredGlibc(process.execPath)).toMatch(/^2\.\d+$/)
  })

  test('finds what keeps a program from being an addon for every machine', () => {
    const { faults } = inspectAddon(process.execPath)
    expect(faults).toContainEqual(expect.stringContaining('libstdc++'))
  })

  test('refuses what is not ELF', () => {
    const path = join(folder, 'text.node')
    writeFileSync(path, 'version https://git-lfs.github.com/spec/v1\n'.repeat(4))
    expect(() => readElf(path)).toThrow('not ELF')
  })
})

describe('the reader of device code', () => {
  test('names each image once', () => {
    const images = [
      [2, 80, 0x11],
      [2, 90, 0x100011],
      [2, 90, 0x11],
      [1, 80, 0x11],
      [2, 80, 0x11],
    ] as const
    const section = Buffer.concat(images.map(([kind, sm, flags]) => container(kind, sm, flags)))
    expect(readFatbin(section)).toEqual(['compute_80', 'sm_80', 'sm_90', 'sm_90a'])
  })

  test('ends on a container that is cut off', () => {
    expect(readFatbin(container(2, 80, 0x11).subarray(0, 40))).toEqual([])
  })
})

/** A container with one image of 8 bytes. */
function container(kind: number, architecture: number, flags: number): Buffer {
  const bytes = Buffer.alloc(16 + 64 + 8)
  bytes.writeUInt32LE(0xba55ed50, 0)
  bytes.writeUInt16LE(1, 4)
  bytes.writeUInt16LE(16, 6)
  bytes.writeBigUInt64LE(72n, 8)
  bytes.writeUInt16LE(kind, 16)
  bytes.writeUInt32LE(64, 16 + 4)
  bytes.writeBigUInt64LE(8n, 16 + 8)
  bytes.writeUInt32LE(architecture, 16 + 0x1c)
  bytes.writeUInt32LE(flags, 16 + 0x28)
  return bytes
}

const built = nativePackages().filter(({ directory }) => isBuilt(directory.split('/').at(-1) ?? ''))

describe.runIf(built.length > 0)('the addons that are built', () => {
  test.each(built)('$name loads on any machine', ({ addon }) => {
    expect(inspectAddon(addon).faults).toEqual([])
    expect(glibcFault(addon)).toBeNull()
  })
})
