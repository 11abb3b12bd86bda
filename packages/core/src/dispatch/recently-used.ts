/** The values used last, at most `capacity` of them, by keys that say all that they depend on. */
export class RecentlyUsed<V> {
  readonly #capacity: number
  /** In the order of their last use. */
  readonly #values = new Map<string, V>()

  constructor(capacity = 256) {
    this.#capacity = capacity
  }

  /** The value of `key`; made by `make` when it is not there. */
  get(key: string, make: () => V): V {
    const value = this.#values.get(key) ?? make()
    this.#values.delete(key)
    this.#values.set(key, value)
    if (this.#values.size > this.#capacity) {
      for (const oldest of this.#values.keys()) {
        this.#values.delete(oldest)
        break
      }
    }
    return value
  }

  clear(): void {
    this.#values.clear()
  }
}
