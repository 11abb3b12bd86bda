import {
  type DeviceTensor,
  dtypeBytes,
  elementCount,
  type Fault,
  type HeadView,
  invalidArgument,
  type Stream,
  shapeText,
} from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { allocationOn } from '../memory/device-argument.js'
import { check } from '../native/native-status.js'
import { elementOf } from './element.js'
import { paramsWriter } from './params-writer.js'
import { SHARED_KERNELS, SHARED_LAYOUTS } from './shared-kernels.js'

/** New rows of keys or values, and the cache they go to. */
export interface AppendRows {
  /** (batch, heads, rows of the buffer, headDim). */
  readonly cache: DeviceTensor
  /** Holds the new rows where `view` says, in elements. */
  readonly rows: DeviceTensor
  readonly view: HeadView
  /** How many new rows each sequence has. */
  readonly count: number
  /** The row of the cache that the first goes to: one for all, or int32 (batch). */
  readonly firstRow: number | DeviceTensor<'int32'>
  /** Added to every row: elements `offset` to `offset + heads · headDim` of a vector. */
  readonly bias?: { readonly tensor: DeviceTensor; readonly offset: number }
}

const pack = paramsWriter(SHARED_LAYOUTS.append_rows)

/** Elements of `rows` up to the last that is read. */
function extent({ view, count }: AppendRows, [batch, heads, , headDim]: readonly number[]): number {
  if (batch! * heads! * headDim! * count === 0) return 0
  const last =
    (batch! - 1) * view.batchStride + (count - 1) * view.seqStride + (heads! - 1) * view.headStride
  return view.offset + last + headDim!
}

function faultsOf(call: AppendRows): Fault[] {
  const { cache, rows, bias, firstRow, count } = call
  const faults: Fault[] = []
  const refuse = (path: string, found: string, required: string) => {
    faults.push({ path, found, required })
  }
  if (cache.shape.length !== 4) {
    refuse('cache.shape', shapeText(cache.shape), '(batch, heads, rows, headDim)')
    return faults
  }
  if (!Number.isSafeInteger(count) || count < 0) refuse('count', `${count}`, 'a count')
  if (rows.dtype !== cache.dtype) refuse('rows.dtype', rows.dtype, cache.dtype)
  const needed = extent(call, cache.shape)
  const present = elementCount(rows.shape)
  if (present < needed) refuse('rows', `${present} elements`, `at least ${needed} for its view`)
  if (typeof firstRow === 'object' && elementCount(firstRow.shape) !== cache.shape[0]) {
    refuse('firstRow.shape', shapeText(firstRow.shape), `(${cache.shape[0]})`)
  }
  if (bias === undefined) return faults
  const width = bias.offset + cache.shape[1]! * cache.shape[3]!
  if (bias.tensor.dtype !== cache.dtype) refuse('bias.dtype', bias.tensor.dtype, cache.dtype)
  if (elementCount(bias.tensor.shape) < width) {
    refuse('bias.shape', shapeText(bias.tensor.shape), `at least ${width} elements`)
  }
  return faults
}

/** Copies new keys or values into a cache in one launch. Rows that the cache has no place for are dropped. */
export function appendRows(
  device: CudaDevice,
  call: AppendRows,
  options: { readonly stream?: Stream } = {},
): void {
  const stream = device.streamOf('appendRows', options.stream)
  const { cache, rows, view, count, firstRow, bias } = call
  const used = [cache, rows]
  const at = (path: string, tensor: DeviceTensor, elements: number) => {
    if (!used.includes(tensor)) used.push(tensor)
    const offset = BigInt(elements * dtypeBytes(tensor.dtype))
    return allocationOn(device, 'appendRows', path, tensor).pointer + offset
  }
  const faults = faultsOf(call)
  if (faults.length > 0) throw invalidArgument('appendRows', faults)
  const [batch, heads, rowsTo, headDim] = cache.shape as [number, number, number, number]
  const params = pack({
    to: at('cache', cache, 0),
    from: at('rows', rows, view.offset),
    bias: bias === undefined ? 0n : at('bias', bias.tensor, bias.offset),
    first_rows: typeof firstRow === 'number' ? 0n : at('firstRow', firstRow, 0),
    to_batch_stride: heads * rowsTo * headDim,
    to_row_stride: headDim,
    to_head_stride: rowsTo * headDim,
    from_batch_stride: view.batchStride,
    from_row_stride: view.seqStride,
    from_head_stride: view.headStride,
    batch,
    rows: count,
    heads,
    head_dim: headDim,
    first_row: typeof firstRow === 'number' ? firstRow : 0,
    rows_to: rowsTo,
    element: elementOf('appendRows', 'cache.dtype', cache.dtype),
    reserved: 0,
  })
  check('appendRows', device.native.addon.launch(SHARED_KERNELS.appendRows, params, stream.handle))
  stream.use(...used)
}
