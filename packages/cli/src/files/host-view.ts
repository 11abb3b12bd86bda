import { arrayType, type Dtype, dtypeBytes, type HostTensor, tensor } from '@attnkit/core'
import { fileError } from './file-fault.js'

/**
 * The bytes of a file from `start` on as a tensor: in place where they are aligned, else a copy of
 * exactly the tensor's size. The bytes must be there.
 */
export function hostView(
  bytes: Uint8Array<ArrayBuffer>,
  start: number,
  count: number,
  dtype: Dtype,
  shape: readonly number[],
  file: string,
): HostTensor {
  const end = start + count * dtypeBytes(dtype)
  if (dtype === 'bool') checkBooleans(bytes.subarray(start, end), file)
  const aligned = (bytes.byteOffset + start) % dtypeBytes(dtype) === 0
  const from = aligned ? bytes.subarray(start, end) : bytes.slice(start, end)
  const data = new (arrayType(dtype))(from.buffer, from.byteOffset, count)
  return tensor(data, shape, dtype)
}

function checkBooleans(bytes: Uint8Array, file: string): void {
  const at = bytes.findIndex((value) => value > 1)
  if (at < 0) return
  throw fileError({
    file,
    field: `data[${at}]`,
    found: `the byte ${bytes[at]}`,
    required: 'booleans of 0 or 1',
    remedy: 'store it as uint8 instead',
  })
}
