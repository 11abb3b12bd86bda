import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { PUBLISHED, ROOT } from './repository.js'
import { mustRun } from './run-program.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** The tarball of each published package, by its name. */
    tarballs: Readonly<Record<string, string>>
  }
}

/** Packs every published package once for all tests, with the addons that are built. */
export default async function packAll(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'attnkit-packed-'))
  await mustRun(process.execPath, ['scripts/prebuild.mjs'], { cwd: ROOT })
  const tarballs: Record<string, string> = {}
  for (const [name, directory] of PUBLISHED) {
    const before = new Set(readdirSync(folder))
    await mustRun('pnpm', ['pack', '--pack-destination', folder], { cwd: directory })
    const packed = readdirSync(folder).find((file) => !before.has(file))
    if (packed) tarballs[name] = join(folder, packed)
  }
  await mustRun(process.execPath, ['scripts/prebuild.mjs', '--clean'], { cwd: ROOT })
  project.provide('tarballs', tarballs)
  return () => rmSync(folder, { recursive: true, force: true })
}
