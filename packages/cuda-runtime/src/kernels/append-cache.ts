import { invalidArgument, type Stream } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { check } from '../native/native-status.js'
import { ParamsBuffer } from './params-buffer.js'
import { paramsLayout } from './params-layout.js'
import { CACHE_PART, SHARED_KERNELS, SHARED_LAYOUTS } from './shared-kernels.js'

/** Keys, or values: addresses, and strides and sizes in bytes. */
export interface CachePart {
  /** (batch, heads, present rows, row). */
  readonly present: bigint
  /** (batch, heads, past rows, row); 0 where present has these rows already. */
  readonly past: bigint
  /** The new rows. */
  readonly rows: bigint
  readonly batchStride: number
  readonly rowStride: number
  readonly headStride: number
  /** Even; all that has to do with it starts at multiples of 2, or better of 16. */
  readonly rowBytes: number
}

/** Keys and values for a cache: the past of each batch entry, and the new rows that follow it. */
export interface AppendCache {
  readonly keys: CachePart
  readonly values: CachePart
  /** int32 (batch): how many rows of the past are valid, held between 0 and `pastSeqlen`; or 0. */
  readonly pastSeqlens: bigint
  readonly batch: number
  readonly heads: number
  /** How many rows of the past are valid; the most where `pastSeqlens` says it. */
  readonly pastSeqlen: number
  readonly newRows: number
  readonly pastRows: number
  readonly presentRows: number
}

const { offsets, size } = SHARED_LAYOUTS.append_cache
const part = paramsLayout(CACHE_PART).offsets
const params = new ParamsBuffer(size)

function packPart(at: number, given: CachePart): void {
  params.setAddress(at + part.present, given.present)
  params.setAddress(at + part.past, given.past)
  params.setAddress(at + part.rows, given.rows)
  params.setLong(at + part.batch_stride, given.batchStride)
  params.setLong(at + part.row_stride, given.rowStride)
  params.setLong(at + part.head_stride, given.headStride)
  params.setLong(at + part.row_bytes, given.rowBytes)
}

function pack(append: AppendCache): Uint8Array {
  packPart(offsets['keys.present'], append.keys)
  packPart(offsets['values.present'], append.values)
  params.setAddress(offsets.past_seqlens, append.pastSeqlens)
  params.setInteger(offsets.batch, append.batch)
  params.setInteger(offsets.heads, append.heads)
  params.setInteger(offsets.past_seqlen, append.pastSeqlen)
  params.setInteger(offsets.new_rows, append.newRows)
  params.setInteger(offsets.past_rows, append.pastRows)
  params.setInteger(offsets.present_rows, append.presentRows)
  return params.bytes
}

/**
 * Writes the past and the new rows of keys and values to a cache, in one launch. `operator` names the call in
 * an error. What the addresses point to is the caller's concern, and to note what the stream uses.
 */
export function appendCache(operator: string, append: AppendCache, stream: Stream): void {
  const { native } = stream.device as Partial<CudaDevice>
  if (native === undefined) {
    const required = 'a stream of @attnkit/cuda-runtime'
    throw invalidArgument(operator, [{ path: 'stream', found: 'a stream of another', required }])
  }
  const { appendCache: kernel } = SHARED_KERNELS
  check(operator, native.addon.launch(kernel, pack(append), stream.handle))
}
