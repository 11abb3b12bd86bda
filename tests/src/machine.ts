import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './repository.js'

/** Whether the addon of a package is built here; where it is not, its tests expect that reason. */
export function isBuilt(folder: string): boolean {
  return existsSync(join(ROOT, 'packages', folder, 'build', 'Release', `${folder}.node`))
}

/** Whether an NVIDIA driver answers on this machine. */
export const HAS_DRIVER = spawnSync('nvidia-smi', ['-L']).status === 0
