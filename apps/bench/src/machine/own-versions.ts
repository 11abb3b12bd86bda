import packageJson from '../../package.json' with { type: 'json' }

/** Versions of what measures. */
export function ownVersions(): Record<string, string> {
  return { attnkit: packageJson.version, node: process.versions.node }
}
