import { type Dtype, dtypeBytes, type HostTensor } from '@attnkit/core'
import { elementCount } from './element-count.js'
import { excerpt, fileError } from './file-fault.js'
import { hostView } from './host-view.js'

// The format is described at https://github.com/huggingface/safetensors#format
const LENGTH_BYTES = 8
const MAX_HEADER_BYTES = 100_000_000
const ALIGNMENT = 8

const DTYPE_OF_TAG: Readonly<Record<string, Dtype>> = {
  F16: 'float16',
  BF16: 'bfloat16',
  F32: 'float32',
  F64: 'float64',
  I32: 'int32',
  I64: 'int64',
  U8: 'uint8',
  BOOL: 'bool',
}
/** Tags that a file may hold beside what attention takes, and their bytes. */
const OTHER_TAG_BYTES: Readonly<Record<string, number>> = {
  I8: 1,
  I16: 2,
  U16: 2,
  U32: 4,
  U64: 8,
  F8_E4M3: 1,
  F8_E5M2: 1,
}

interface Entry {
  readonly tag: string
  readonly shape: readonly number[]
  readonly count: number
  /** Of its first byte in the file. */
  readonly start: number
}

/** The tensors of a `.safetensors` file by name; each is made when it is asked for. */
export interface SafetensorsFile {
  readonly names: readonly string[]
  /** @throws AttentionError `invalid-argument` when there is none, or its dtype has no use here. */
  read(name: string): HostTensor
}

/**
 * Checks the whole index of a `.safetensors` file: header, dtypes, shapes, and that the tensors cover
 * the data without gaps or overlaps.
 * @throws AttentionError `invalid-argument`
 */
export function readSafetensors(bytes: Uint8Array<ArrayBuffer>, file: string): SafetensorsFile {
  const { header, dataStart } = parseHeader(bytes, file)
  const entries = new Map<string, Entry>()
  const ranges: Range[] = []
  for (const [name, value] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { entry, range } = parseEntry(name, value, dataStart, file)
    entries.set(name, entry)
    ranges.push(range)
  }
  checkCoverage(ranges, bytes.byteLength - dataStart, file)
  return {
    names: [...entries.keys()],
    read: (name) => readEntry(bytes, entries, name, file),
  }
}

function parseHeader(
  bytes: Uint8Array<ArrayBuffer>,
  file: string,
): { header: Record<string, unknown>; dataStart: number } {
  const required = `at most ${MAX_HEADER_BYTES} bytes, all of them in the file`
  const size = bytes.byteLength
  if (size < LENGTH_BYTES) {
    throw fileError({ file, field: 'header length', found: `a file of ${size} bytes`, required })
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, size)
  const length = view.getBigUint64(0, true)
  if (length > BigInt(Math.min(MAX_HEADER_BYTES, size - LENGTH_BYTES))) {
    const found = `${length} bytes in a file of ${size}`
    throw fileError({ file, field: 'header length', found, required })
  }
  const dataStart = LENGTH_BYTES + Number(length)
  return { header: parseObject(bytes.subarray(LENGTH_BYTES, dataStart), file), dataStart }
}

function parseObject(bytes: Uint8Array, file: string): Record<string, unknown> {
  const required = 'a JSON object in UTF-8'
  let text = ''
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes)
    const value: unknown = JSON.parse(text)
    if (isObject(value)) return value
  } catch (cause) {
    throw fileError({ file, field: 'header', found: excerpt(text), required }, cause)
  }
  throw fileError({ file, field: 'header', found: excerpt(text), required })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface Range {
  readonly name: string
  readonly begin: number
  readonly end: number
}

function parseEntry(
  name: string,
  value: unknown,
  dataStart: number,
  file: string,
): { entry: Entry; range: Range } {
  const field = `tensor ${excerpt(name)}`
  const refuse = (part: string, found: unknown, required: string): never => {
    const shown = excerpt(typeof found === 'string' ? found : (JSON.stringify(found) ?? 'nothing'))
    throw fileError({ file, field: `${field}.${part}`, found: shown, required })
  }
  if (!isObject(value))
    return refuse('entry', value, 'an object with dtype, shape and data_offsets')
  const { dtype: tag, shape, data_offsets: offsets } = value
  const bytesEach = typeof tag === 'string' ? tagBytes(tag) : undefined
  if (typeof tag !== 'string' || bytesEach === undefined) {
    return refuse('dtype', tag, `one of ${Object.keys(DTYPE_OF_TAG).join(' ')}`)
  }
  if (!isWholeNumbers(shape)) return refuse('shape', shape, 'whole numbers from 0 on')
  if (!isWholeNumbers(offsets) || offsets.length !== 2) {
    return refuse('data_offsets', offsets, 'two whole numbers from 0 on')
  }
  const [begin, end] = offsets as readonly [number, number]
  const count = elementCount(shape, file, `${field}.shape`)
  if (end - begin !== count * bytesEach) {
    refuse('data_offsets', offsets, `${count * bytesEach} bytes for ${tag} (${shape.join(', ')})`)
  }
  return { entry: { tag, shape, count, start: dataStart + begin }, range: { name, begin, end } }
}

function tagBytes(tag: string): number | undefined {
  if (Object.hasOwn(DTYPE_OF_TAG, tag)) return dtypeBytes(DTYPE_OF_TAG[tag] as Dtype)
  return Object.hasOwn(OTHER_TAG_BYTES, tag) ? OTHER_TAG_BYTES[tag] : undefined
}

function isWholeNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0)
}

/** Without gaps also means that no name was written twice: the first one's bytes would be a gap. */
function checkCoverage(ranges: readonly Range[], size: number, file: string): void {
  const ordered = [...ranges].sort((a, b) => a.begin - b.begin || a.end - b.end)
  let covered = 0
  for (const { name, begin, end } of ordered) {
    if (begin !== covered) {
      throw fileError({
        file,
        field: `tensor ${excerpt(name)}.data_offsets`,
        found: begin < covered ? `an overlap at ${begin}` : `a gap from ${covered} to ${begin}`,
        required: 'tensors that follow one another',
      })
    }
    covered = end
  }
  if (covered === size) return
  throw fileError({
    file,
    field: 'data',
    found: `${size} bytes`,
    required: `${covered} bytes, as the tensors say`,
    ...(size < covered ? { remedy: 'the file is cut short' } : {}),
  })
}

function readEntry(
  bytes: Uint8Array<ArrayBuffer>,
  entries: ReadonlyMap<string, Entry>,
  name: string,
  file: string,
): HostTensor {
  const entry = entries.get(name)
  const field = `tensor ${excerpt(name)}`
  if (entry === undefined) {
    const found = `tensors ${excerpt([...entries.keys()].join(', '))}`
    throw fileError({ file, field, found, required: `a tensor ${excerpt(name)}` })
  }
  const dtype = Object.hasOwn(DTYPE_OF_TAG, entry.tag) ? DTYPE_OF_TAG[entry.tag] : undefined
  if (dtype === undefined) {
    const required = `one of ${Object.keys(DTYPE_OF_TAG).join(' ')}`
    throw fileError({ file, field: `${field}.dtype`, found: entry.tag, required })
  }
  return hostView(bytes, entry.start, entry.count, dtype, entry.shape, `${file}: ${field}`)
}

/** A `.safetensors` file as its parts one after the other; all but the first are the tensors' memory. */
export function writeSafetensors(tensors: ReadonlyMap<string, HostTensor>): Uint8Array[] {
  const largestFirst = [...tensors].sort(
    ([a, x], [b, y]) => dtypeBytes(y.dtype) - dtypeBytes(x.dtype) || (a < b ? -1 : 1),
  )
  const header: Record<string, unknown> = {}
  const parts: Uint8Array[] = []
  let begin = 0
  for (const [name, { dtype, shape, data }] of largestFirst) {
    const tag = Object.keys(DTYPE_OF_TAG).find((key) => DTYPE_OF_TAG[key] === dtype)
    header[name] = { dtype: tag, shape, data_offsets: [begin, begin + data.byteLength] }
    parts.push(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
    begin += data.byteLength
  }
  return [headerBytes(header), ...parts]
}

function headerBytes(header: Record<string, unknown>): Uint8Array {
  const text = new TextEncoder().encode(JSON.stringify(header))
  const length = Math.ceil(text.byteLength / ALIGNMENT) * ALIGNMENT
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true)
  bytes.set(text, LENGTH_BYTES)
  return bytes
}
