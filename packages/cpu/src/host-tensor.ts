import {
  AttentionError,
  arrayType,
  type Dtype,
  type DtypeArrays,
  dtypeBytes,
  elementCount,
  emptyTensor,
  type HostTensor,
  isDtype,
  isShape,
  tensor,
} from '@attnkit/core'
import { loadCpuAddon } from './load-cpu-addon.js'

/**
 * A tensor of zeros in memory that native code owns: calls on the CPU read and write it without a
 * copy, also while JavaScript goes on. Where the native part is not there it is a plain tensor, and
 * everything works as with those. `shape` lists the sizes, outermost first. Throws `invalid-argument`
 * and `out-of-memory`.
 */
export function hostTensor<D extends Dtype>(shape: readonly number[], dtype: D): HostTensor<D> {
  const cpu = loadCpuAddon()
  if (cpu.status === 'unavailable' || !isShape(shape) || !isDtype(dtype)) {
    return emptyTensor(shape, dtype)
  }
  const bytes = elementCount(shape) * dtypeBytes(dtype)
  const buffer = allocate(cpu.addon.allocate, bytes)
  if (buffer === null) return emptyTensor(shape, dtype)
  nativeBuffers.add(buffer)
  const data = new (arrayType(dtype))(buffer) as DtypeArrays[D]
  return tensor(data, shape, dtype)
}

const nativeBuffers = new WeakSet<ArrayBufferLike>()

/** Whether a tensor lies in memory of {@link hostTensor}. */
export function isInNativeMemory({ data }: HostTensor): boolean {
  return nativeBuffers.has(data.buffer)
}

function allocate(native: (bytes: number) => ArrayBuffer | null, bytes: number) {
  try {
    return native(bytes)
  } catch (cause) {
    throw new AttentionError(
      'out-of-memory',
      `hostTensor: cannot allocate ${bytes} bytes of host memory. Use smaller tensors, or free some.`,
      { operator: 'hostTensor', bytes },
      { cause },
    )
  }
}
