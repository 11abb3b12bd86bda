#!/usr/bin/env node
// Writes dist-bundle/: the command line and the bench app as single files, with the addons that are
// built and the peers' scripts. Node is all that a host needs beside it.
// usage: node scripts/bundle.mjs   (after pnpm build and, for the addons, pnpm build:native)
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { bundleEntry } from './bundle/bundle-entry.mjs'
import { nativePackages } from './native-packages.mjs'
import { ROOT } from './process/root.mjs'

const OUT = join(ROOT, 'dist-bundle')

/** The file that each bundle is made from, and how to see that it works on its own. */
const ENTRIES = [
  { name: 'attnkit', source: join(ROOT, 'packages', 'cli', 'dist', 'bin.js'), probe: ['doctor'] },
  {
    name: 'attnkit-bench',
    source: join(ROOT, 'apps', 'bench', 'dist', 'bin.js'),
    probe: ['seed-cpu', '--rows=11', '--no-peers', '--blocks=1'],
  },
]

function copyNative() {
  mkdirSync(join(OUT, 'native'), { recursive: true })
  const missing = []
  for (const { name, addon } of nativePackages()) {
    if (existsSync(addon)) cpSync(addon, join(OUT, 'native', basename(addon)))
    else missing.push(name)
  }
  return missing
}

/** Runs a bundle where there are no packages to be found. */
function probe({ name, probe: args }) {
  const file = join(OUT, `${name}.mjs`)
  const env = { ...process.env, ATTNKIT_NATIVE_DIR: '' }
  const run = spawnSync(process.execPath, [file, ...args], { cwd: tmpdir(), env })
  if (run.status === 0) return
  throw new Error(`${name}.mjs ${args.join(' ')}: exit code ${run.status}\n${run.stderr}`)
}

function listing(folder, prefix = '') {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return listing(path, `${prefix}${entry.name}/`)
    return [`${(statSync(path).size / 1e6).toFixed(2).padStart(8)} MB  ${prefix}${entry.name}`]
  })
}

rmSync(OUT, { recursive: true, force: true })
for (const { name, source } of ENTRIES) {
  if (!existsSync(source)) throw new Error(`${source} is missing: run pnpm build first`)
  await bundleEntry(name, source, OUT)
}
const missing = copyNative()
cpSync(join(ROOT, 'apps', 'bench', 'peers'), join(OUT, 'peers'), {
  recursive: true,
  filter: (path) => !path.includes('__pycache__'),
})
for (const entry of ENTRIES) probe(entry)
console.log(listing(OUT).join('\n'))
if (missing.length > 0) console.log(`! without the addons of ${missing.join(', ')}: not built`)
