import type { Reason } from '../backend/reason.js'
import { inspectElf } from './elf-image.js'
import { machineName, type Platform } from './platform.js'

/** Why the file at `path` must not be given to the dynamic linker; undefined if it may be. */
export function checkBinary(path: string, platform: Platform): Reason | undefined {
  const image = inspectElf(path)
  if (image.status === 'corrupt') {
    return {
      code: 'binary-corrupt',
      subject: path,
      found: image.found,
      required: 'a whole ELF file',
      remedy: 'install the package again; with Git LFS, run git lfs pull',
    }
  }
  if (image.machine === platform.machine) return undefined
  return {
    code: 'binary-wrong-arch',
    subject: path,
    found: machineName(image.machine),
    required: machineName(platform.machine),
    remedy: 'install the package with the Node.js that runs it, on this machine',
  }
}
