import { type Dtype, dtypeBytes, type HostTensor } from '@attnkit/core'
import { elementCount } from './element-count.js'
import { excerpt, fileError } from './file-fault.js'
import { hostView } from './host-view.js'
import { type PythonLiteral, parsePythonDict } from './python-literal.js'

// The format is described in numpy/lib/format.py and NEP 1.
const MAGIC = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59)
const MAX_HEADER_BYTES = 65536
const ALIGNMENT = 64

const DTYPE_OF_DESCR: Readonly<Record<string, Dtype>> = {
  '<f2': 'float16',
  '<f4': 'float32',
  '<f8': 'float64',
  '<i4': 'int32',
  '<i8': 'int64',
  '|u1': 'uint8',
  '|b1': 'bool',
}

interface NpyHeader {
  readonly dtype: Dtype
  readonly shape: readonly number[]
}

/**
 * The array in a `.npy` file, without a copy where its data are aligned.
 * @throws AttentionError `invalid-argument` for everything that is not a little-endian C-ordered array
 * of a dtype that attention takes.
 */
export function readNpy(bytes: Uint8Array<ArrayBuffer>, file: string): HostTensor {
  const { text, dataStart } = headerText(bytes, file)
  const { dtype, shape } = parseHeader(text, file)
  const count = elementCount(shape, file, 'header.shape')
  const required = count * dtypeBytes(dtype)
  const found = bytes.byteLength - dataStart
  if (found !== required) {
    throw fileError({
      file,
      field: 'data',
      found: `${found} bytes`,
      required: `${required} bytes for ${dtype} (${shape.join(', ')})`,
      remedy: found < required ? 'the file is cut short' : 'the file holds more than one array',
    })
  }
  return hostView(bytes, dataStart, count, dtype, shape, file)
}

function headerText(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): { text: string; dataStart: number } {
  if (bytes.byteLength < 10 || MAGIC.some((byte, index) => byte !== bytes[index])) {
    const start = Buffer.from(bytes.subarray(0, MAGIC.length)).toString('hex')
    throw fileError({
      file,
      field: 'magic',
      found: `${bytes.byteLength} bytes that begin ${start}`,
      required: 'a .npy file, which begins 934e554d5059',
    })
  }
  const major = bytes[6] as number
  if (major < 1 || major > 3) {
    const found = `${major}.${bytes[7]}`
    throw fileError({ file, field: 'version', found, required: '1.0, 2.0 or 3.0' })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const start = major === 1 ? 10 : 12
  const length = major === 1 ? view.getUint16(8, true) : longLength(view, file)
  if (length > MAX_HEADER_BYTES || start + length > bytes.byteLength) {
    throw fileError({
      file,
      field: 'header length',
      found: `${length} bytes in a file of ${bytes.byteLength}`,
      required: `at most ${MAX_HEADER_BYTES} bytes, all of them in the file`,
    })
  }
  const text = new TextDecoder().decode(bytes.subarray(start, start + length))
  return { text, dataStart: start + length }
}

function longLength(view: DataView, file: string): number {
  if (view.byteLength >= 12) return view.getUint32(8, true)
  const found = `a file of ${view.byteLength} bytes`
  throw fileError({ file, field: 'header length', found, required: '4 bytes from byte 8 on' })
}

function parseHeader(text: string, file: string): NpyHeader {
  const entries = parsePythonDict(text)
  const refuse = (field: string, found: string, required: string, remedy?: string): never => {
    throw fileError({ file, field, found, required, ...(remedy === undefined ? {} : { remedy }) })
  }
  if (typeof entries === 'string') return refuse('header', excerpt(text.trimEnd()), entries)
  const keys = [...entries.keys()].sort().join(', ')
  const required = 'descr, fortran_order, shape'
  if (keys !== required) refuse('header keys', excerpt(keys), required)
  const order = entries.get('fortran_order')
  if (order !== false) {
    const found = order === true ? 'Fortran order' : excerpt(String(order))
    refuse('header.fortran_order', found, 'False', 'save numpy.ascontiguousarray(array)')
  }
  return {
    dtype: dtypeOf(entries.get('descr'), refuse),
    shape: shapeOf(entries.get('shape'), refuse),
  }
}

type Refuse = (field: string, found: string, required: string, remedy?: string) => never

function dtypeOf(descr: PythonLiteral | undefined, refuse: Refuse): Dtype {
  const supported = `one of ${Object.keys(DTYPE_OF_DESCR).join(' ')}`
  if (typeof descr !== 'string') {
    const found = Array.isArray(descr) ? 'a structured dtype' : excerpt(String(descr))
    return refuse('header.descr', found, supported)
  }
  if (Object.hasOwn(DTYPE_OF_DESCR, descr)) return DTYPE_OF_DESCR[descr] as Dtype
  const remedy = descr.startsWith('>')
    ? `big-endian: save array.astype('<${descr.slice(1, 3)}')`
    : 'bfloat16 is read from .safetensors'
  return refuse('header.descr', excerpt(descr), supported, remedy)
}

function shapeOf(shape: PythonLiteral | undefined, refuse: Refuse): readonly number[] {
  const required = 'a tuple of whole numbers from 0 on'
  if (!Array.isArray(shape)) return refuse('header.shape', excerpt(String(shape)), required)
  return shape.map((size: PythonLiteral) =>
    typeof size === 'number' && Number.isSafeInteger(size) && size >= 0
      ? size
      : refuse('header.shape', excerpt(String(size)), required),
  )
}

/**
 * A `.npy` file of version 1.0, as its parts one after the other; the last is the tensor's own memory.
 * @throws AttentionError `invalid-argument` for bfloat16, which the format does not have.
 */
export function writeNpy(tensor: HostTensor, file: string): Uint8Array[] {
  const descr = Object.entries(DTYPE_OF_DESCR).find(([, dtype]) => dtype === tensor.dtype)?.[0]
  if (descr === undefined) {
    throw fileError({
      file,
      field: 'dtype',
      found: tensor.dtype,
      required: 'a dtype that .npy has',
      remedy: 'name the output .safetensors',
    })
  }
  const sizes = tensor.shape.length === 1 ? `${tensor.shape[0]},` : tensor.shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${sizes}), }`
  const unpadded = MAGIC.length + 4 + dict.length + 1
  const length = dict.length + 1 + ((ALIGNMENT - (unpadded % ALIGNMENT)) % ALIGNMENT)
  const header = new Uint8Array(MAGIC.length + 4 + length)
  header.set(MAGIC)
  header[MAGIC.length] = 1
  new DataView(header.buffer).setUint16(8, length, true)
  header.set(new TextEncoder().encode(`${dict.padEnd(length - 1)}\n`), MAGIC.length + 4)
  const { buffer, byteOffset, byteLength } = tensor.data
  return [header, new Uint8Array(buffer, byteOffset, byteLength)]
}
