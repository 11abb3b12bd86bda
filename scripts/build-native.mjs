#!/usr/bin/env node
// Builds the addons of all packages, or of those named, through the build cache.
// usage: node scripts/build-native.mjs [--cpu | --cuda | package…]
import { pathToFileURL } from 'node:url'
import { nativePackages } from './native-packages.mjs'
import { environmentWithPnpm } from './process/pnpm.mjs'
import { command, printFailure } from './process/step.mjs'
import { findToolchain, missingLine } from './toolchain/toolchain.mjs'

/**
 * Builds addons one after the other, each on all cores; what has not changed since the last time is
 * taken from the cache, for which the compilers' versions count as input.
 *
 * @param {{name: string}[]} packages
 */
export async function buildNative(packages, toolchain, env, options) {
  const filters = packages.map(({ name }) => `--filter=${name}`)
  const args = ['exec', 'turbo', 'run', 'build:native', '--concurrency=1', ...filters]
  await command('pnpm', [...args, '--output-logs=new-only'], {
    env: { ...env, ATTNKIT_TOOLCHAIN: toolchain.key },
    ...options,
  })
}

function selected(toolchain, names) {
  const all = nativePackages()
  if (names.includes('--cpu')) return all.filter(({ cuda }) => !cuda)
  if (names.includes('--cuda')) return all.filter(({ cuda }) => cuda)
  if (names.length > 0) return all.filter(({ name }) => names.includes(name))
  return all.filter(({ cuda }) => !cuda || toolchain.nvcc)
}

async function main() {
  const toolchain = findToolchain()
  if (toolchain.missing.length > 0) {
    console.error(missingLine(toolchain))
    return 1
  }
  const packages = selected(toolchain, process.argv.slice(2))
  if (packages.length === 0) {
    console.error('no package of that name has native code')
    return 2
  }
  if (packages.some(({ cuda }) => cuda) && !toolchain.nvcc) {
    console.error('nvcc is missing: install the CUDA toolkit, or set CUDACXX to its nvcc')
    return 1
  }
  const pnpm = environmentWithPnpm()
  await buildNative(packages, toolchain, pnpm?.env ?? process.env, { show: true })
  return 0
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  process.exitCode = await main().catch((error) => {
    printFailure(error)
    return 1
  })
}
