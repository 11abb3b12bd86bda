import { spawnSync } from 'node:child_process'

/** Runs a compiler; throws what it printed when it fails. */
export function compile(compiler: string, args: readonly string[], cwd: string): void {
  const { status, stderr, error } = spawnSync(compiler, args, { cwd, encoding: 'utf8' })
  if (status !== 0) throw new Error(`${compiler}: ${error?.message ?? stderr}`)
}

/** Whether a compiler can be started. */
export function hasCompiler(compiler: string): boolean {
  return spawnSync(compiler, ['--version']).status === 0
}
