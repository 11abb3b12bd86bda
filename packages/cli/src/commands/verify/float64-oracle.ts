import { computeReference } from '@attnkit/core'
import type { Oracle } from '@attnkit/core/conformance'

/**
 * What backends are compared with: the cpu backend's native float64 attention where its native file
 * loads, else the reference.
 */
export async function float64Oracle(): Promise<Oracle> {
  const { float64Attention } = await import('@attnkit/cpu')
  return async (bound) => (await float64Attention(bound)) ?? computeReference(bound)
}
