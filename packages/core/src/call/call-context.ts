import type { Dispatcher } from '../dispatch/dispatcher.js'
import type { RecentlyUsed } from '../dispatch/recently-used.js'
import type { LoweredCall } from '../operators/operator.js'

/** What a call needs of the attention that it belongs to. */
export interface CallContext {
  readonly dispatcher: Dispatcher
  /** The calls of operators that came last, by their shapes and attributes. */
  readonly lowered: RecentlyUsed<LoweredCall>
  /** Threads for backends of the host. */
  readonly threads: number
  /** Position of the CUDA device that takes host tensors. */
  readonly deviceIndex: number
  /** Throws `disposed` when the attention was disposed. */
  assertUsable(operator: string): void
}
