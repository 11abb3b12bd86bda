import type { Dispatcher } from '../dispatch/dispatcher.js'

/** What a call needs of the attention that it belongs to. */
export interface CallContext {
  readonly dispatcher: Dispatcher
  /** Threads for backends of the host. */
  readonly threads: number
  /** Position of the CUDA device that takes host tensors. */
  readonly deviceIndex: number
  /** Throws `disposed` when the attention was disposed. */
  assertUsable(operator: string): void
}
