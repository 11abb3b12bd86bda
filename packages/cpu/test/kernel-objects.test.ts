import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../build/CMakeFiles/', import.meta.url))
const hasNm = spawnSync('nm', ['--version']).status === 0

function objects(): string[] {
  if (!existsSync(folder)) return []
  const sets = readdirSync(folder).filter((name) => /^kernels_.*\.dir$/.test(name))
  return sets
    .map((name) => `${folder}${name}/native/kernel/kernel.cc.o`)
    .filter((path) => existsSync(path))
}

const found = objects()
const why = found.length === 0 ? 'the addon was not built here' : 'nm is not installed'

describe.skipIf(found.length === 0 || !hasNm)(
  `objects of one instruction set (else: ${why})`,
  () => {
    // Whatever the linker could share between objects could bring AVX-512 to a machine without it.
    it.each(found)(
      '%s has no undefined and no weak symbols, and exports its table alone',
      (path) => {
        const lines = execFileSync('nm', ['-C', path], { encoding: 'utf8' }).split('\n')
        const symbols = lines
          .map((line) => /^\S*\s+(\S) (.*)$/.exec(line))
          .filter((match) => match !== null)
        const shared = symbols.filter(([, type]) => /[UWVwvu]/.test(type!)).map(([line]) => line)
        const exported = symbols
          .filter(([, type]) => /[TDRB]/.test(type!))
          .map(([, , name]) => name)
        expect(shared).toEqual([])
        expect(exported).toEqual([expect.stringMatching(/^attnkit_kernels_\w+$/)])
      },
    )
  },
)
