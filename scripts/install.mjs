import { environmentWithPnpm, wantedPnpm } from './process/pnpm.mjs'
import { logFile } from './process/root.mjs'
import { command, StepError, step } from './process/step.mjs'
import { atLeast } from './toolchain/find-tool.mjs'

/** Throws when this Node is older than the packages' `engines` say. */
export function requireNode(version = process.versions.node) {
  const major = Number(version.split('.')[0])
  const fits = major === 20 ? atLeast(version, '20.19') : atLeast(version, '22.12')
  if (!fits) throw new StepError(`Node ${version} is too old: 20.19 or newer, or 22.12 or newer`)
}

/**
 * Installs what the lockfile names.
 *
 * @returns {Promise<NodeJS.ProcessEnv>} an environment in which `pnpm` is the right one
 */
export async function installPackages() {
  const version = wantedPnpm()
  const pnpm = environmentWithPnpm(version)
  if (!pnpm) {
    const remedy = `install it with: npm install --global pnpm@${version}`
    throw new StepError(
      `pnpm ${version} is not here, and neither corepack nor npm got it; ${remedy}`,
    )
  }
  await step(`Installing packages with pnpm ${version} (${pnpm.source})`, () =>
    command('pnpm', ['install', '--frozen-lockfile'], { env: pnpm.env, log: logFile('install') }),
  )
  return pnpm.env
}
