import { types } from 'node:util'
import type { BufferState } from '../errors/buffer-not-stable.js'
import type { TensorData } from './dtype.js'

/**
 * Why the memory under `data` could be gone while native code reads it, or null when it is stable.
 * A detached buffer shows only by its length, so `elements` is what there has to be.
 */
export function bufferState(data: TensorData, elements: number): BufferState | null {
  const { buffer } = data
  if (types.isSharedArrayBuffer(buffer)) return 'shared'
  if ((buffer as { resizable?: boolean }).resizable === true) return 'resizable'
  if (elements > 0 && buffer.byteLength === 0) return 'detached'
  return null
}
