import { createRequire } from 'node:module'

/** What the loader needs to know of the machine and the process; tests give their own. */
export interface NativeHost {
  /** e.g. `linux`. */
  readonly platform: string
  /** e.g. `x64`. */
  readonly arch: string
  /** Version of the C library that Node runs on; empty where it is not glibc. */
  readonly glibc: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Loads an addon and returns its exports. Throws what the dynamic linker says. */
  readonly open: (path: string) => unknown
}

/** The report writes host names and interfaces of the network by default, which can be slow. */
function runtimeReport(): { header?: { glibcVersionRuntime?: string } } {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  const before = report.excludeNetwork
  if (before !== undefined) report.excludeNetwork = true
  try {
    return report.getReport() as object
  } finally {
    if (before !== undefined) report.excludeNetwork = before
  }
}

/** This process and the machine it runs on. Takes some milliseconds: keep what it returns. */
export function currentHost(): NativeHost {
  return {
    platform: process.platform,
    arch: process.arch,
    glibc: process.platform === 'linux' ? (runtimeReport().header?.glibcVersionRuntime ?? '') : '',
    environment: process.env,
    open: createRequire(import.meta.url),
  }
}
