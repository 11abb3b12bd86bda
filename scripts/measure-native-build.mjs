#!/usr/bin/env node
// Builds every addon from nothing, in a folder of its own, and measures how long that takes and how
// much memory the largest compiler process had. Writes docs/native-build.json; the docs quote it.
// usage: node scripts/measure-native-build.mjs
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { nativePackages } from './native-packages.mjs'
import { ROOT } from './process/root.mjs'
import { buildJobs } from './toolchain/jobs.mjs'
import { findToolchain, missingLine, toolchainLine } from './toolchain/toolchain.mjs'

const POLL_MS = 50

/** The largest resident size that any compiler below `parent` has had, and which one it was. */
function watchCompilers(parent) {
  const largest = { process: '', bytes: 0 }
  const timer = setInterval(() => {
    for (const { name, bytes } of descendants(parent)) {
      if (name !== 'node' && bytes > largest.bytes) Object.assign(largest, { process: name, bytes })
    }
  }, POLL_MS)
  return { largest, stop: () => clearInterval(timer) }
}

function descendants(parent) {
  const all = readdirSync('/proc').map(readStatus).filter(Boolean)
  const found = []
  for (const queue = [parent]; queue.length > 0; ) {
    const id = queue.pop()
    const children = all.filter((status) => status.parent === id)
    found.push(...children)
    queue.push(...children.map((status) => status.id))
  }
  return found
}

/** A process and the most memory it has had at once; null when it has ended, or is no process. */
function readStatus(id) {
  if (!/^\d+$/.test(id)) return null
  try {
    const status = readFileSync(`/proc/${id}/status`, 'utf8')
    const field = (name) => new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1]
    return {
      id: Number(id),
      parent: Number(field('PPid')),
      name: field('Name'),
      bytes: Number(field('VmHWM') ?? 0) * 1024,
    }
  } catch {
    return null
  }
}

async function measure({ name, directory }, toolchain) {
  const out = mkdtempSync(join(tmpdir(), 'attnkit-native-'))
  const started = performance.now()
  const args = [join(ROOT, 'scripts', 'build-addon.mjs'), '--out', out]
  const child = spawn(process.execPath, args, { cwd: directory, stdio: 'inherit' })
  const watch = watchCompilers(child.pid)
  const code = await new Promise((resolve) => child.once('close', resolve))
  watch.stop()
  rmSync(out, { recursive: true, force: true })
  if (code !== 0) throw new Error(`${name} was not built (${toolchainLine(toolchain)})`)
  const seconds = Math.round((performance.now() - started) / 100) / 10
  const megabytes = Math.round(watch.largest.bytes / 1e6)
  return { name, seconds, largest_process: watch.largest.process, largest_process_mb: megabytes }
}

async function main() {
  const toolchain = findToolchain()
  if (toolchain.missing.length > 0) throw new Error(missingLine(toolchain))
  const packages = []
  for (const native of nativePackages().filter(({ cuda }) => !cuda || toolchain.nvcc)) {
    packages.push(await measure(native, toolchain))
  }
  return {
    schema_version: 1,
    date: new Date().toISOString().slice(0, 10),
    processor: cpus()[0]?.model ?? 'unknown',
    jobs: buildJobs(),
    tools: toolchainLine(toolchain),
    seconds: Math.round(packages.reduce((sum, { seconds }) => sum + seconds, 0)),
    largest_process_mb: Math.max(...packages.map((one) => one.largest_process_mb)),
    packages,
  }
}

const result = await main()
writeFileSync(join(ROOT, 'docs', 'native-build.json'), `${JSON.stringify(result, null, 2)}\n`)
console.table(result.packages)
console.log(`${result.seconds} s in all, largest compiler ${result.largest_process_mb} MB`)
