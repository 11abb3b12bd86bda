import { type NativeStatus, nativeError, type Outcome } from './native-status.js'
import type { RuntimeAddon } from './runtime-addon.js'

interface Waiting {
  readonly operator: string
  readonly resolve: (buffer: ArrayBuffer | undefined) => void
  readonly reject: (error: Error) => void
}

/** What every copy of this package in one environment shares, since they share the addon. */
interface SharedState {
  readonly results: BigUint64Array
  readonly waiting: Map<number, Waiting>
  readonly pinned: WeakSet<ArrayBufferLike>
}

const sharedKey = Symbol.for('attnkit.cuda-runtime.shared')

function complete(
  waiting: Map<number, Waiting>,
  id: number,
  status: NativeStatus | undefined,
  buffer: ArrayBuffer | undefined,
): void {
  const entry = waiting.get(id)
  waiting.delete(id)
  if (status === undefined) entry?.resolve(buffer)
  else entry?.reject(nativeError(entry.operator, status))
}

function startShared(addon: RuntimeAddon): SharedState | undefined {
  const waiting = new Map<number, Waiting>()
  const results = addon.start((id, status, buffer) => complete(waiting, id, status, buffer))
  return results && { results, waiting, pinned: new WeakSet() }
}

/** The native part with the state it works with in this environment. */
export class NativeRuntime {
  readonly addon: RuntimeAddon
  /** The file it was loaded from. */
  readonly path: string
  readonly #shared: SharedState
  readonly #doubles: Float64Array

  private constructor(addon: RuntimeAddon, path: string, shared: SharedState) {
    this.addon = addon
    this.path = path
    this.#shared = shared
    this.#doubles = new Float64Array(shared.results.buffer)
  }

  /** Starts the addon in this environment, once; undefined when the environment is closing. */
  static start(addon: RuntimeAddon, path: string): NativeRuntime | undefined {
    const holder = addon as RuntimeAddon & { [sharedKey]?: SharedState }
    const shared = holder[sharedKey] ?? startShared(addon)
    if (shared === undefined) return undefined
    holder[sharedKey] = shared
    return new NativeRuntime(addon, path, shared)
  }

  /** Throws when the last call failed, otherwise returns the handle or pointer it left in slot 0. */
  result(operator: string, outcome: Outcome): bigint {
    if (outcome !== undefined) throw nativeError(operator, outcome)
    return this.#shared.results[0]!
  }

  /** What the last call left in `slot`. */
  bits(slot: number): bigint {
    return this.#shared.results[slot]!
  }

  /** What the last call left in `slot`, as a number. */
  number(slot: number): number {
    return Number(this.#shared.results[slot])
  }

  /** What the last call left in slot 0, as the bits of a double. */
  double(operator: string, outcome: Outcome): number {
    if (outcome !== undefined) throw nativeError(operator, outcome)
    return this.#doubles[0]!
  }

  /** Resolves with what the completion brings that the last call has begun. */
  completion(operator: string, outcome: Outcome): Promise<ArrayBuffer | undefined> {
    if (outcome !== undefined) return Promise.reject(nativeError(operator, outcome))
    const id = this.number(0)
    return new Promise((resolve, reject) => {
      this.#shared.waiting.set(id, { operator, resolve, reject })
    })
  }

  /** A buffer of page-locked memory, which {@link isPinned} recognises. */
  pinned(operator: string, device: number, bytes: number): ArrayBuffer {
    const made = this.addon.createPinned(device, bytes)
    if (!(made instanceof ArrayBuffer)) throw nativeError(operator, made)
    this.#shared.pinned.add(made)
    return made
  }

  isPinned(buffer: ArrayBufferLike): boolean {
    return this.#shared.pinned.has(buffer)
  }
}
