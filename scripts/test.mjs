#!/usr/bin/env node
// Installs, builds, and runs every check and every test suite; the last line is the sum of them all.
// usage: npm test [-- suite…]   (a suite is a folder's name: core, cpu, cli, tests …; or `checks`)
import { buildNative } from './build-native.mjs'
import { installPackages, requireNode } from './install.mjs'
import { nativePackages } from './native-packages.mjs'
import { logFile } from './process/root.mjs'
import { command, printFailure, step } from './process/step.mjs'
import { runChecks } from './test/checks.mjs'
import { runSuite, testSuites } from './test/suites.mjs'
import { addTotals, printTotals } from './test/totals.mjs'
import { findToolchain, missingLine, toolchainLine } from './toolchain/toolchain.mjs'

const FAILED = { passed: 0, failed: 1, skipped: 0 }

async function build(env) {
  await step('Building TypeScript', () =>
    command('pnpm', ['exec', 'turbo', 'run', 'build', '--output-logs=new-only'], {
      env,
      log: logFile('typescript'),
    }),
  )
}

/** @returns {Promise<{passed: number, failed: number, skipped: number}>} a failed build counts as one */
async function buildAddons(env) {
  const toolchain = findToolchain()
  if (toolchain.missing.length > 0) {
    console.log(`! ${missingLine(toolchain)}`)
    return { passed: 0, failed: 0, skipped: 0 }
  }
  const packages = nativePackages().filter(({ cuda }) => !cuda || toolchain.nvcc)
  if (!toolchain.nvcc) console.log('– CUDA addons are not built: there is no nvcc')
  try {
    await step(`Building the addons with ${toolchainLine(toolchain)}`, () =>
      buildNative(packages, toolchain, env, { log: logFile('native') }),
    )
    return { passed: 0, failed: 0, skipped: 0 }
  } catch (error) {
    printFailure(error)
    return FAILED
  }
}

async function runTests(env, names) {
  const wanted = (name) => names.length === 0 || names.includes(name)
  const totals = []
  if (wanted('checks')) totals.push(await runChecks(env))
  for (const suite of testSuites().filter(({ name }) => wanted(name))) {
    totals.push(await runSuite(suite, env))
  }
  return totals
}

async function main() {
  requireNode()
  const env = await installPackages()
  await build(env)
  const native = await buildAddons(env)
  const names = process.argv.slice(2)
  return addTotals([native, ...(await runTests(env, names))])
}

const totals = await main().catch((error) => {
  printFailure(error)
  return FAILED
})
printTotals(totals)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0
