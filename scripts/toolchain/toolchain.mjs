import { spawnSync } from 'node:child_process'
import { atLeast, findTool } from './find-tool.mjs'
import { installCommand } from './install-command.mjs'

const MINIMUM_CMAKE = '3.24'

/**
 * What native code can be built with on this machine.
 *
 * `missing` names what a native build lacks, empty when it can be done; `driver` is whether an NVIDIA
 * driver answers; `key` identifies the compilers, for the build cache.
 */
export function findToolchain(env = process.env) {
  const cmake = findTool(['cmake'], undefined, env)
  const ninja = findTool(['ninja', 'ninja-build'], undefined, env)
  const make = findTool(['make', 'gmake'], undefined, env)
  const cxx = findTool(env.CXX ? [env.CXX] : ['c++', 'g++', 'clang++'], undefined, env)
  const nvcc = findTool([env.CUDACXX ?? 'nvcc'], /release (\d+\.\d+)/, env)
  const missing = []
  if (!cmake || !atLeast(cmake.version, MINIMUM_CMAKE)) missing.push('cmake')
  if (!ninja && !make) missing.push('make')
  if (!cxx) missing.push('c++')
  const tools = { cmake, ninja, make, cxx, nvcc }
  return { ...tools, missing, driver: driverAnswers(env), key: toolchainKey(tools) }
}

/** One line: what is missing, what serves instead, and the command that installs it. */
export function missingLine(toolchain) {
  const what = toolchain.missing.map((tool) => describe(tool, toolchain)).join(', ')
  const command = installCommand(toolchain.missing)
  return `native code is not built, ${what} missing: the reference serves. Install: ${command}`
}

/** One line of what is there. */
export function toolchainLine({ cmake, ninja, make, cxx, nvcc }) {
  const tools = [cmake, ninja ?? make, cxx, nvcc].filter(Boolean)
  return tools.map(({ name, version }) => `${name} ${version}`).join(', ')
}

function describe(tool, { cmake }) {
  if (tool === 'c++') return 'a C++ compiler'
  if (tool === 'make') return 'ninja or make'
  return cmake ? `cmake ${MINIMUM_CMAKE} (found ${cmake.version})` : tool
}

function driverAnswers(env) {
  return spawnSync('nvidia-smi', ['-L'], { env, timeout: 20_000 }).status === 0
}

function toolchainKey({ cmake, cxx, nvcc }) {
  return [cmake, cxx, nvcc].map((tool) => `${tool?.name ?? '-'} ${tool?.version ?? ''}`).join(' ')
}
