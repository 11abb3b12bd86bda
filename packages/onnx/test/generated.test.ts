import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const GENERATED = join('src', 'proto', 'onnx_pb.ts')

it('the generated file is what proto/onnx.proto makes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'attnkit-proto-'))
  const bin = join(ROOT, 'node_modules', '.bin')
  try {
    execFileSync(join(bin, 'buf'), ['generate', '--output', folder], {
      cwd: ROOT,
      env: { ...process.env, PATH: `${bin}:${process.env.PATH}` },
    })
    const made = readFileSync(join(folder, GENERATED), 'utf8')
    expect(readFileSync(join(ROOT, GENERATED), 'utf8')).toBe(made)
  } finally {
    rmSync(folder, { recursive: true })
  }
})
