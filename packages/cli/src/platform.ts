/** The platform as `doctor` and `env` show it. */
export interface PlatformFacts {
  readonly node: string
  /** e.g. `linux-x64`. */
  readonly platform: string
  /** Version of the C library; null where it is not glibc. */
  readonly glibc: string | null
}

export function platformFacts(): PlatformFacts {
  return {
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    glibc: process.platform === 'linux' ? glibcVersion() : null,
  }
}

/** From the process report; without its list of network interfaces, which can be slow. */
function glibcVersion(): string | null {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  const before = report.excludeNetwork
  if (before !== undefined) report.excludeNetwork = true
  const { header } = report.getReport() as { header?: { glibcVersionRuntime?: string } }
  if (before !== undefined) report.excludeNetwork = before
  return header?.glibcVersionRuntime ?? null
}
