#!/usr/bin/env node
// From a fresh clone to a verified result: installs, builds, and shows what attnkit does.
// usage: npm start [-- --cuda]   (--cuda: builds the CUDA addons even without a driver)
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { buildNative } from './build-native.mjs'
import { installPackages, requireNode } from './install.mjs'
import { nativePackages } from './native-packages.mjs'
import { logFile, ROOT } from './process/root.mjs'
import { runLogged } from './process/run-logged.mjs'
import { command, printFailure, StepError, step } from './process/step.mjs'
import { findToolchain, missingLine, toolchainLine } from './toolchain/toolchain.mjs'

const CLI = { name: 'attnkit', file: join(ROOT, 'packages', 'cli', 'dist', 'bin.js') }
const BENCH = { name: 'attnkit-bench', file: join(ROOT, 'apps', 'bench', 'dist', 'bin.js') }
const THREADS = Math.min(2, availableParallelism())

/** What is shown: what is there, which kernel and why, is it right, is it fast. */
const MAIN_JOB = [
  ['What runs on this machine', CLI, ['doctor']],
  [
    'Which kernel runs BERT-base, and why not another',
    CLI,
    ['explain', '--batch=1', '--seqlen-q=128', '--heads=12', '--head-dim=64', '--dtype=float32'],
  ],
  [
    'And on a GPU, which need not be here',
    CLI,
    ['explain', '--batch=64', '--seqlen-q=384', '--heads=12', '--head-dim=64', '--as=h200'],
  ],
  ['Is it right? Against float64', CLI, ['verify', '--problems=40', '--seed=1']],
]

/** Needs the CPU addon: the reference is for being right, not fast. */
const RACE = [
  'Is it fast? Beside ONNX Runtime on the same rows',
  BENCH,
  ['seed-cpu', '--short', `--threads=${THREADS}`],
]

async function buildAddons(env) {
  const toolchain = findToolchain()
  const wanted = process.argv.includes('--cuda')
  if (toolchain.missing.length > 0) {
    console.log(`! ${missingLine(toolchain)}`)
    return
  }
  const all = nativePackages()
  const cpu = all.filter(({ cuda }) => !cuda)
  const tools = toolchainLine({ ...toolchain, nvcc: null })
  await step(`Building the CPU addon with ${tools}`, () =>
    buildNative(cpu, toolchain, env, { log: logFile('native-cpu') }),
  )
  if (wanted && !toolchain.nvcc) throw new StepError('--cuda: no nvcc on PATH, nor in CUDACXX')
  if (!wanted && !(toolchain.nvcc && toolchain.driver)) {
    const lack = toolchain.nvcc ? 'no NVIDIA driver answers' : 'there is no nvcc'
    console.log(`– CUDA addons are not built: ${lack} (npm start -- --cuda builds them anyway)`)
    return
  }
  const cuda = all.filter((native) => native.cuda)
  await step('Building the CUDA addons', () =>
    buildNative(cuda, toolchain, env, { log: logFile('native-cuda') }),
  )
}

async function runMainJob(env) {
  for (const part of MAIN_JOB) await show(...part, env)
  if (cpuIsReady(env)) await show(...RACE, env)
  else console.log('\n– not measured beside ONNX Runtime: the CPU backend is not built')
}

/** What `doctor` says of it, for programs. */
function cpuIsReady(env) {
  const doctor = spawnSync(process.execPath, [CLI.file, 'doctor', '--json'], { env })
  const { backends } = JSON.parse(doctor.stdout.toString())
  return backends.some(({ name, status }) => name === 'cpu' && status === 'ready')
}

async function show(title, { name, file }, args, env) {
  console.log(`\n── ${title}\n$ ${name} ${args.join(' ')}\n`)
  if (!existsSync(file)) throw new StepError(`${name} was not built`)
  const result = await runLogged(process.execPath, [file, ...args], { env, show: true })
  if (!result.ok) throw new StepError(`${name} ${args.join(' ')}: ${result.reason}`)
}

async function main() {
  const started = performance.now()
  requireNode()
  const env = await installPackages()
  await step('Building TypeScript', () =>
    command('pnpm', ['exec', 'turbo', 'run', 'build', '--output-logs=new-only'], {
      env,
      log: logFile('typescript'),
    }),
  )
  await buildAddons(env)
  await runMainJob(env)
  const seconds = Math.round((performance.now() - started) / 1000)
  console.log(`\nDone in ${seconds} s. Next: README.md, or node packages/cli/dist/bin.js --help`)
}

await main().catch((error) => {
  printFailure(error)
  process.exitCode = 1
})
