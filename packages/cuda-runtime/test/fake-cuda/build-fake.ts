import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import packageJson from '../../package.json' with { type: 'json' }
import { compile, hasCompiler } from '../compiler.js'
import { PACKAGE } from '../run-module.js'

/** Takes the place of the addon through `ATTNKIT_NATIVE_DIR`. */
export const FAKE_DIRECTORY = join(PACKAGE, 'build', 'fake')

const ROOTS = [process.env.CUDA_HOME, process.env.CUDA_PATH, '/usr/local/cuda']
const SOURCES = ['native', join('native', 'kernels'), join('test', 'fake-cuda')]

function cudaHeaders(): string | undefined {
  return ROOTS.map((root) => join(root ?? '', 'include')).find((include) =>
    existsSync(join(include, 'cuda_runtime_api.h')),
  )
}

/** Why the stand-in cannot be built here; empty if it can. */
export function fakeMissing(): string {
  if (cudaHeaders() === undefined) return 'no headers of the CUDA toolkit'
  return hasCompiler('c++') ? '' : 'no C++ compiler'
}

function filesOf(folder: string): string[] {
  return readdirSync(join(PACKAGE, folder)).map((file) => join(folder, file))
}

/** Compiles the addon's own sources against the stand-in, unless that was done since they changed. */
export function buildFake(): void {
  const target = join(FAKE_DIRECTORY, 'cuda-runtime.node')
  const files = SOURCES.flatMap(filesOf)
  const changed = Math.max(...files.map((file) => statSync(join(PACKAGE, file)).mtimeMs))
  if (existsSync(target) && statSync(target).mtimeMs > changed) return
  mkdirSync(FAKE_DIRECTORY, { recursive: true })
  const { include_dir: nodeHeaders } = createRequire(import.meta.url)('node-api-headers') as {
    include_dir: string
  }
  const includes = [nodeHeaders, cudaHeaders()!, 'native', 'native/include', 'test/fake-cuda']
  const definitions = [
    'NAPI_VERSION=8',
    'BUILDING_NODE_EXTENSION',
    `ATTNKIT_VERSION="${packageJson.version}"`,
    'ATTNKIT_CUDA_IMAGES="fake"',
  ]
  const args = ['-std=c++20', '-O1', '-fPIC', '-shared', '-pthread', '-Wall', '-Wextra', '-Werror']
  for (const include of includes) args.push('-I', include)
  for (const definition of definitions) args.push(`-D${definition}`)
  args.push(...files.filter((file) => file.endsWith('.cc')), '-o', target)
  compile('c++', args, PACKAGE)
}
