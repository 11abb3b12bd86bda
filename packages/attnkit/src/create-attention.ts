import {
  type Attention,
  type AttentionOptions,
  createAttention as createAttentionOf,
} from '@attnkit/core'
import { discoverBackends } from './discover-backends.js'

/**
 * Attention over the backends that are installed: the CUDA ones in front, then the CPU, then core's
 * reference. What became of each is in `attention.backends`. With `backends`, those and no others.
 *
 * Throws as core's `createAttention` does: for wrong options, unknown names and environment variables
 * that do not parse, and never for want of a GPU.
 */
export async function createAttention(options: AttentionOptions = {}): Promise<Attention> {
  if (options?.backends !== undefined || options === null) return createAttentionOf(options)
  const { backends, absent } = await discoverBackends()
  return createAttentionOf({ ...options, backends, absent: [...(options.absent ?? []), ...absent] })
}
