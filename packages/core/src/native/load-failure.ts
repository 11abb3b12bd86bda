import type { Reason } from '../backend/reason.js'
import type { NativeHost } from './host.js'

const GLIBC_NEEDED = /version [`'"]GLIBC_([\d.]+)['"] not found/

/** The dynamic linker, or the addon's own initialisation, refused the file. */
export function loadFailed(path: string, error: unknown, host: NativeHost): Reason {
  const message = error instanceof Error ? error.message : String(error)
  const glibc = GLIBC_NEEDED.exec(message)?.[1]
  if (glibc !== undefined) {
    return {
      code: 'binary-load-failed',
      subject: path,
      found: `glibc ${host.glibc}`,
      required: `glibc ${glibc} or newer`,
      remedy: 'use a newer Linux distribution, or build the package on this machine',
    }
  }
  return {
    code: 'binary-load-failed',
    subject: path,
    found: `${message.trim()} (glibc ${host.glibc})`,
    required: 'a file that the dynamic linker loads',
    remedy: 'build the package on this machine, or install it again',
  }
}
