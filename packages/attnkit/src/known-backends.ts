/** A backend that this package knows: the one way from a name to code. */
export interface KnownBackend {
  readonly name: string
  readonly packageName: string
  /** Its package, as this package sees it. */
  readonly load: () => Promise<unknown>
  /** The export that makes the backend, of its own options. */
  readonly factory: string
}

/**
 * The backends that are looked for, in the order of preference where nothing is known of their speed.
 * The imports are literal, so that bundlers see them and no text from outside is ever imported; the
 * packages are optional, hence no types are asked of them here.
 */
export const KNOWN_BACKENDS: readonly KnownBackend[] = [
  {
    name: 'cuda-flash',
    packageName: '@attnkit/cuda-flash',
    load: () => import('@attnkit/cuda-flash' as string),
    factory: 'cudaFlash',
  },
  {
    name: 'cpu',
    packageName: '@attnkit/cpu',
    load: () => import('@attnkit/cpu'),
    factory: 'cpu',
  },
]
