import { invalidArgument, type Stream } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { check } from '../native/native-status.js'
import { paramsLayout } from './params-layout.js'
import { paramsWriter } from './params-writer.js'
import { CACHE_PART, CACHE_SIZES, SHARED_KERNELS, SHARED_LAYOUTS } from './shared-kernels.js'

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
const packPart = paramsWriter(paramsLayout(CACHE_PART))
const packSizes = paramsWriter(paramsLayout(CACHE_SIZES))
// Filled and read within one call.
const params = new Uint8Array(size)

function bytesOf({ batchStride, rowStride, headStride, rowBytes, ...pointers }: CachePart) {
  return packPart({
    ...pointers,
    batch_stride: batchStride,
    row_stride: rowStride,
    head_stride: headStride,
    row_bytes: rowBytes,
  })
}

function pack({ keys, values, batch, heads, ...others }: AppendCache): Uint8Array {
  params.set(bytesOf(keys), offsets['keys.present'])
  params.set(bytesOf(values), offsets['values.present'])
  const sizes = packSizes({
    past_seqlens: others.pastSeqlens,
    batch,
    heads,
    past_seqlen: others.pastSeqlen,
    new_rows: others.newRows,
    past_rows: others.pastRows,
    present_rows: others.presentRows,
  })
  params.set(sizes, offsets.past_seqlens)
  return params
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
