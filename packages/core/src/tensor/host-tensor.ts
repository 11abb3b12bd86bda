import { AttentionError, type Fault } from '../errors/attention-error.js'
import { bufferNotStable } from '../errors/buffer-not-stable.js'
import { describeValue, viewName } from '../errors/describe-value.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import { bufferState } from './buffer-state.js'
import {
  arrayType,
  DTYPES,
  type Dtype,
  type DtypeArrays,
  dtypeBytes,
  isDtype,
  type TensorData,
} from './dtype.js'
import { elementCount, isShape, shapeText } from './shape.js'
import { type HostTensor, tensorBrand } from './tensor.js'

/** `Float16Array`, where the engine has it. */
interface Float16ArrayLike extends ArrayBufferView {
  readonly length: number
  readonly BYTES_PER_ELEMENT: 2
  readonly [Symbol.toStringTag]: 'Float16Array'
}

const DEFAULT_DTYPES: Readonly<Record<string, Dtype>> = {
  Float32Array: 'float32',
  Float64Array: 'float64',
  Float16Array: 'float16',
  Int32Array: 'int32',
  BigInt64Array: 'int64',
  Uint8Array: 'uint8',
}

/** What is wrong with `data` as the elements of a tensor of `dtype` and `shape`. */
export function hostDataFault(
  data: unknown,
  dtype: Dtype,
  shape: readonly number[],
): { readonly found: string; readonly required: string } | null {
  const name = arrayType(dtype).name
  if (!ArrayBuffer.isView(data) || viewName(data) !== name) {
    return { found: describeValue(data), required: `a ${name} for ${dtype}` }
  }
  const count = elementCount(shape)
  const { length } = data as TensorData
  if (length === count) return null
  return { found: `${length} elements`, required: `${count} for the shape ${shapeText(shape)}` }
}

function dtypeOf(data: unknown, dtype: unknown, faults: Fault[]): Dtype | undefined {
  if (isDtype(dtype)) return dtype
  if (dtype !== undefined) {
    faults.push({ path: 'dtype', found: describeValue(dtype), required: DTYPES.join(', ') })
    return undefined
  }
  const name = ArrayBuffer.isView(data) ? viewName(data) : ''
  const found = DEFAULT_DTYPES[name]
  if (found !== undefined) return found
  faults.push(
    name === 'Uint16Array'
      ? { path: 'dtype', found: 'undefined', required: 'float16 or bfloat16 for a Uint16Array' }
      : { path: 'data', found: describeValue(data), required: 'a typed array' },
  )
  return undefined
}

/** The bits of a `Float16Array` as the `Uint16Array` that tensors hold; other arrays as they are. */
function asTensorData(data: unknown): unknown {
  if (!ArrayBuffer.isView(data) || viewName(data) !== 'Float16Array') return data
  return new Uint16Array(data.buffer, data.byteOffset, data.byteLength / 2)
}

export function tensor(data: Float32Array, shape: readonly number[]): HostTensor<'float32'>
export function tensor(data: Float64Array, shape: readonly number[]): HostTensor<'float64'>
export function tensor(data: Int32Array, shape: readonly number[]): HostTensor<'int32'>
export function tensor(data: BigInt64Array, shape: readonly number[]): HostTensor<'int64'>
export function tensor(data: Uint8Array, shape: readonly number[]): HostTensor<'uint8'>
export function tensor(data: Float16ArrayLike, shape: readonly number[]): HostTensor<'float16'>
export function tensor<D extends Dtype>(
  data: DtypeArrays[D],
  shape: readonly number[],
  dtype: D,
): HostTensor<D>
/**
 * A tensor over a typed array, which is not copied. `shape` lists the sizes, outermost first. `dtype` follows
 * from the array, but for `Uint16Array`, whose bits are `float16` or `bfloat16`, and `Uint8Array`,
 * which is `uint8` unless `bool` is asked for. Throws `invalid-argument` and `buffer-not-stable`.
 */
export function tensor(data: unknown, shape: readonly number[], dtype?: Dtype): HostTensor {
  const faults: Fault[] = []
  if (!isShape(shape)) {
    faults.push({ path: 'shape', found: describeValue(shape), required: 'a list of sizes' })
  }
  const known = dtypeOf(data, dtype, faults)
  if (faults.length > 0 || known === undefined) throw invalidArgument('tensor', faults)
  const elements = asTensorData(data)
  const state = ArrayBuffer.isView(elements)
    ? bufferState(elements as TensorData, elementCount(shape))
    : null
  if (state !== null) throw bufferNotStable('tensor', 'data', state)
  const fault = hostDataFault(elements, known, shape)
  if (fault !== null) throw invalidArgument('tensor', [{ path: 'data', ...fault }])
  return makeHostTensor(elements as DtypeArrays[Dtype], shape, known)
}

/** A tensor of zeros. Throws `invalid-argument`, and `out-of-memory` when it cannot be allocated. */
export function emptyTensor<D extends Dtype>(shape: readonly number[], dtype: D): HostTensor<D> {
  const faults: Fault[] = []
  if (!isShape(shape)) {
    faults.push({ path: 'shape', found: describeValue(shape), required: 'a list of sizes' })
  }
  if (!isDtype(dtype)) {
    faults.push({ path: 'dtype', found: describeValue(dtype), required: DTYPES.join(', ') })
  }
  if (faults.length > 0) throw invalidArgument('emptyTensor', faults)
  return makeHostTensor(allocate(elementCount(shape), dtype), shape, dtype)
}

function allocate<D extends Dtype>(count: number, dtype: D): DtypeArrays[D] {
  try {
    return new (arrayType(dtype))(count) as DtypeArrays[D]
  } catch (cause) {
    const bytes = count * dtypeBytes(dtype)
    throw new AttentionError(
      'out-of-memory',
      `emptyTensor: cannot allocate ${bytes} bytes of host memory. Use smaller tensors, or free some.`,
      { operator: 'emptyTensor', bytes },
      { cause },
    )
  }
}

function makeHostTensor<D extends Dtype>(
  data: DtypeArrays[D],
  shape: readonly number[],
  dtype: D,
): HostTensor<D> {
  return Object.freeze({
    [tensorBrand]: true as const,
    location: 'host' as const,
    dtype,
    shape: Object.freeze([...shape]),
    data,
  })
}
