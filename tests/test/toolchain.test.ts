import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { installCommand } from '../../scripts/toolchain/install-command.mjs'
import { buildJobs } from '../../scripts/toolchain/jobs.mjs'
import { findToolchain, missingLine } from '../../scripts/toolchain/toolchain.mjs'

const folders: string[] = []
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A PATH with every program of this machine but those named. */
function pathWithout(pattern: RegExp): NodeJS.ProcessEnv {
  const folder = mkdtempSync(join(tmpdir(), 'attnkit-path-'))
  folders.push(folder)
  for (const from of (process.env.PATH ?? '').split(':')) linkPrograms(from, folder, pattern)
  return { ...process.env, PATH: folder }
}

function linkPrograms(from: string, to: string, without: RegExp): void {
  for (const name of listFolder(from).filter((name) => !without.test(name))) {
    try {
      symlinkSync(join(from, name), join(to, name))
    } catch {
      // The same name in an earlier folder comes first, as in any PATH.
    }
  }
}

function listFolder(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

const COMPILERS = /^(c\+\+|g\+\+|clang\+\+|cc|gcc|clang)(-|$)/
const all = findToolchain()

describe.runIf(all.missing.length === 0)('a machine that lacks a tool', () => {
  test('cmake: one line names it and the command', () => {
    const toolchain = findToolchain(pathWithout(/^cmake$/))
    expect(toolchain.missing).toEqual(['cmake'])
    expect(missingLine(toolchain)).toMatch(
      /^native code is not built, cmake missing: .*install.* cmake$/,
    )
  })

  test('ninja: make serves', () => {
    const toolchain = findToolchain(pathWithout(/^ninja/))
    expect(toolchain).toMatchObject({ missing: [], ninja: null, make: { name: 'make' } })
  })

  test('ninja and make: one of them is asked for', () => {
    expect(findToolchain(pathWithout(/^(ninja|g?make)/)).missing).toEqual(['make'])
  })

  test('the compiler: one line names it and the command', () => {
    const toolchain = findToolchain(pathWithout(COMPILERS))
    expect(toolchain.missing).toEqual(['c++'])
    expect(missingLine(toolchain)).not.toContain('\n')
    expect(missingLine(toolchain)).toContain('a C++ compiler missing')
  })
})

describe('the command that installs', () => {
  test.each([
    ['ID=debian', 'apt-get install -y cmake g++'],
    ['ID=pop\nID_LIKE="ubuntu debian"', 'apt-get install -y cmake g++'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'dnf install -y cmake gcc-c++'],
    ['ID=arch', 'pacman -S --needed cmake gcc'],
    ['ID=alpine', 'apk add cmake g++'],
  ])('on %s', (release, command) => {
    expect(installCommand(['cmake', 'c++'], release, true)).toBe(command)
    expect(installCommand(['cmake', 'c++'], release, false)).toBe(`sudo ${command}`)
  })
})

test.each([
  [8, 64, 8],
  [8, 3.5, 3],
  [2, 0.4, 1],
])('%d cores and %d GB run %d compilers at once', (cores, gigabytes, jobs) => {
  expect(buildJobs(cores, gigabytes * 2 ** 30)).toBe(jobs)
})
