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

function glibcVersion(): string | null {
  return processReport().header?.glibcVersionRuntime ?? null
}

/** The addons that this process has loaded, by their files. */
export function nativeFiles(): readonly string[] {
  return (processReport().sharedObjects ?? []).filter((file) => file.endsWith('.node'))
}

interface ProcessReport {
  readonly header?: { readonly glibcVersionRuntime?: string }
  readonly sharedObjects?: readonly string[]
}

/** Node's own report, without its list of network interfaces, which can be slow. */
function processReport(): ProcessReport {
  const report = process.report as typeof process.report & { excludeNetwork?: boolean }
  const before = report.excludeNetwork
  if (before !== undefined) report.excludeNetwork = true
  const facts = report.getReport() as ProcessReport
  if (before !== undefined) report.excludeNetwork = before
  return facts
}
