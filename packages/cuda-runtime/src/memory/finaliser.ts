const registry = new FinalizationRegistry<() => void>((cleanup) => cleanup())

/**
 * Runs `cleanup`, which must not refer to `target`, when `target` was collected without having been
 * disposed: the safety net under every `dispose()`.
 */
export function remember<T extends object>(target: T, cleanup: () => void): T {
  registry.register(target, cleanup, target)
  return target
}

/** `target` was disposed: nothing is left to clean up. */
export function forget(target: object): void {
  registry.unregister(target)
}
