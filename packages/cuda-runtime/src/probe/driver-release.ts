import { readFileSync } from 'node:fs'

/**
 * The release of the kernel's NVIDIA driver, e.g. `550.54.15`; undefined where there is none. CUDA itself
 * only tells which CUDA version a driver is for.
 */
export function driverRelease(path = '/proc/driver/nvidia/version'): string | undefined {
  try {
    return /Kernel Module.*?\s(\d+\.\d+(?:\.\d+)?)\s/.exec(readFileSync(path, 'utf8'))?.[1]
  } catch {
    return undefined
  }
}
