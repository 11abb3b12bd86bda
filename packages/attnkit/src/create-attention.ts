import {
  type Attention,
  type AttentionOptions,
  createAttention as createAttentionOf,
} from '@attnkit/core'
import { discoverBackends } from './discover-backends.js'

/** Whether backends are to be looked for; what are no options is for core to refuse. */
function wantsDiscovery(options: unknown): boolean {
  if (typeof options !== 'object' || options === null) return false
  const { backends, absent = [] } = options as Partial<AttentionOptions>
  return backends === undefined && Array.isArray(absent)
}

/**
 * Attention over the backends that are installed: the CUDA ones in front, then the CPU, then core's
 * reference. What became of each is in `attention.backends`. With `backends`, those and no others.
 *
 * Throws as core's `createAttention` does: for wrong options, unknown names and environment variables
 * that do not parse, and never for want of a GPU.
 */
export async function createAttention(options: AttentionOptions = {}): Promise<Attention> {
  if (!wantsDiscovery(options)) return createAttentionOf(options)
  const { backends, absent } = await discoverBackends()
  return createAttentionOf({ ...options, backends, absent: [...(options.absent ?? []), ...absent] })
}
