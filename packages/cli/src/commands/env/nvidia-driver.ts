import { readFileSync } from 'node:fs'

const VERSION_FILE = '/proc/driver/nvidia/version'

/** Version of the NVIDIA kernel module, e.g. `580.95.05`; null where none is loaded. */
export function nvidiaDriver(): string | null {
  try {
    return (
      /^NVRM version:.*?\s(\d+\.\d+(?:\.\d+)?)\s/m.exec(readFileSync(VERSION_FILE, 'utf8'))?.[1] ??
      null
    )
  } catch {
    return null
  }
}
