import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { ROOT } from './root.mjs'

/** The version of pnpm that `packageManager` asks for. */
export function wantedPnpm() {
  const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'))
  return /^pnpm@([\d.]+)/.exec(manifest.packageManager)[1]
}

/**
 * An environment whose PATH has the pnpm that `packageManager` names: the one installed, one that
 * corepack provides, or one that npm fetches. Null when there is none and none can be had.
 *
 * @returns {{env: NodeJS.ProcessEnv, source: string} | null}
 */
export function environmentWithPnpm(version = wantedPnpm(), env = process.env) {
  const quiet = {
    ...env,
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
  }
  if (pnpmVersion(quiet) === version) return { env: quiet, source: 'installed' }
  for (const [source, find] of [
    ['corepack', fromCorepack],
    ['npm', fromNpm],
  ]) {
    const folder = find(version, quiet)
    const found = folder && { ...quiet, PATH: `${folder}${delimiter}${quiet.PATH}` }
    if (found && pnpmVersion(found) === version) return { env: found, source }
  }
  return null
}

function pnpmVersion(env) {
  // Asked outside the repository: inside, pnpm would fetch the wanted version of itself by itself.
  const result = spawnSync('pnpm', ['--version'], { env, cwd: dirname(process.execPath) })
  return result.status === 0 ? result.stdout.toString().trim() : null
}

/** Corepack's shims, in a folder of this repository: its own would need rights on Node's folder. */
function fromCorepack(version, env) {
  const folder = join(ROOT, 'build', 'bin')
  mkdirSync(folder, { recursive: true })
  const enabled = spawnSync('corepack', ['enable', '--install-directory', folder, 'pnpm'], { env })
  if (enabled.status !== 0) return null
  const prepared = spawnSync('corepack', ['prepare', `pnpm@${version}`, '--activate'], { env })
  return prepared.status === 0 ? folder : null
}

function fromNpm(version, env) {
  const found = spawnSync(
    'npm',
    ['exec', '--yes', '--loglevel=error', `--package=pnpm@${version}`, '-c', 'command -v pnpm'],
    { env, cwd: ROOT },
  )
  return found.status === 0 ? dirname(found.stdout.toString().trim().split('\n').at(-1)) : null
}
