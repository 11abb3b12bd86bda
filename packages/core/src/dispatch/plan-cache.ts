import type { Plan } from '../backend/plan.js'

/** The plans used last, at most `capacity` of them. */
export class PlanCache {
  readonly #capacity: number
  /** In the order of their last use. */
  readonly #plans = new Map<string, Plan>()

  constructor(capacity = 256) {
    this.#capacity = capacity
  }

  get size(): number {
    return this.#plans.size
  }

  /** The plan of `key`; made by `make` when it is not there. */
  get(key: string, make: () => Plan): Plan {
    const plan = this.#plans.get(key) ?? make()
    this.#plans.delete(key)
    this.#plans.set(key, plan)
    if (this.#plans.size > this.#capacity) {
      for (const oldest of this.#plans.keys()) {
        this.#plans.delete(oldest)
        break
      }
    }
    return plan
  }

  clear(): void {
    this.#plans.clear()
  }
}
