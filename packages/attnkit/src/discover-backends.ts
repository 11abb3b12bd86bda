import { type AbsentBackend, type Backend, isBackend } from '@attnkit/core'
import { KNOWN_BACKENDS, type KnownBackend } from './known-backends.js'
import { loadBackend } from './load-backend.js'

/** The known backends of this machine. */
export interface DiscoveredBackends {
  /** Those that are installed, whether or not they can run here: that is theirs to say. */
  readonly backends: readonly Backend[]
  readonly absent: readonly AbsentBackend[]
}

export interface DiscoveryOptions {
  /** Whose node_modules are looked in after this package's own. Default: the working directory. */
  readonly directory?: string
  /** The backends looked for. Default: those of attnkit. */
  readonly known?: readonly KnownBackend[]
  /** Options of backends by their names, e.g. `{ 'cuda-flash': { exactSoftmax: true } }`. */
  readonly backendOptions?: Readonly<Record<string, unknown>>
}

/**
 * Looks for the backends that attnkit knows, beside attnkit and then in the working directory. Never
 * rejects: what cannot be loaded is in `absent`, with its reason.
 */
export async function discoverBackends(
  options: DiscoveryOptions = {},
): Promise<DiscoveredBackends> {
  const { directory = process.cwd(), known = KNOWN_BACKENDS, backendOptions = {} } = options
  const outcomes = await Promise.all(
    known.map((one) => loadBackend(one, directory, backendOptions[one.name])),
  )
  return {
    backends: outcomes.filter((outcome) => isBackend(outcome)),
    absent: outcomes.filter((outcome): outcome is AbsentBackend => !isBackend(outcome)),
  }
}
