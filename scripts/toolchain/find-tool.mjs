import { spawnSync } from 'node:child_process'

/**
 * The first of `names` that runs, with the version it prints.
 *
 * @returns {{name: string, version: string} | null}
 */
export function findTool(names, pattern = /(\d+\.\d+(?:\.\d+)?)/, env = process.env) {
  for (const name of names) {
    const result = spawnSync(name, ['--version'], { env, encoding: 'utf8' })
    const version = result.status === 0 ? pattern.exec(result.stdout)?.[1] : undefined
    if (version) return { name, version }
  }
  return null
}

/** Whether version `found` is at least `required`, both dotted numbers. */
export function atLeast(found, required) {
  const [a, b] = [found, required].map((version) => version.split('.').map(Number))
  for (let i = 0; i < b.length; i++) {
    const difference = (a[i] ?? 0) - b[i]
    if (difference !== 0) return difference > 0
  }
  return true
}
