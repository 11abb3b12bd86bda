import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './process/root.mjs'

/**
 * The packages that have native code: a CMakeLists.txt.
 *
 * @returns {{name: string, directory: string, addon: string, cuda: boolean}[]} `addon` is the file
 *   that a build makes; it need not exist.
 */
export function nativePackages() {
  const packages = join(ROOT, 'packages')
  return readdirSync(packages)
    .filter((folder) => existsSync(join(packages, folder, 'CMakeLists.txt')))
    .map((folder) => {
      const directory = join(packages, folder)
      const { name } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'))
      const addon = join(directory, 'build', 'Release', `${folder}.node`)
      return { name, directory, addon, cuda: folder.startsWith('cuda-') }
    })
}
