import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * The commit that was measured: ATTNKIT_COMMIT, which a bundle carries, or what git says of this
 * package's folder, with `-dirty` when tracked files differ from it; `unknown` without either.
 */
export async function currentCommit(): Promise<string> {
  const carried = process.env.ATTNKIT_COMMIT
  if (carried) return carried
  const cwd = dirname(fileURLToPath(import.meta.url))
  try {
    const describe = ['describe', '--always', '--dirty', '--abbrev=40', '--exclude=*']
    const { stdout } = await run('git', describe, { cwd })
    return stdout.trim()
  } catch {
    return 'unknown'
  }
}
