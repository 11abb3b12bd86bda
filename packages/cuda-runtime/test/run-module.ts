import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const MODULE = new URL('../dist/index.js', import.meta.url)

/** The package's folder. */
export const PACKAGE = fileURLToPath(new URL('..', import.meta.url))

/**
 * Runs `code` in a process of its own, where `runtime` is this package, and returns the JSON that it
 * leaves in `result`.
 */
export async function runModule(
  code: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<unknown> {
  const source = `import * as runtime from ${JSON.stringify(MODULE.href)}
let result
${code}
console.log(JSON.stringify(result))`
  const args = ['--input-type=module', '--eval', source]
  const env = { ...process.env, ATTNKIT_NATIVE_DIR: '', ...environment }
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env,
    maxBuffer: 1 << 26,
  })
  return JSON.parse(stdout)
}
