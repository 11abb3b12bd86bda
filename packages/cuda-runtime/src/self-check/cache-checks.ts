import { tensor } from '@attnkit/core'
import type { CudaDevice } from '../cuda-device.js'
import { type AppendCache, appendCache } from '../kernels/append-cache.js'
import { counting, type DeviceCheck, expectEqual } from './check.js'

const BATCH = 2
const HEADS = 3
const NEW_ROWS = 5
const PAST_ROWS = 9
const PRESENT_ROWS = 16
const PAST_SEQLEN = 8
// As the device has them, and as they are clamped.
const PAST_SEQLENS = Int32Array.of(4, 99)
const VALID = [4, PAST_SEQLEN]

type Shape = readonly [batch: number, first: number, second: number, width: number]

/** The elements of row (b, i, j) of a contiguous tensor. */
function rowOf(
  from: Float32Array,
  [, first, second, width]: Shape,
  b: number,
  i: number,
  j: number,
) {
  const at = ((b * first + i) * second + j) * width
  return from.subarray(at, at + width)
}

/** What a cache becomes: the past (batch, heads, rows, width), then new rows (batch, rows, heads, width). */
function appended(past: Float32Array, rows: Float32Array, width: number, keepsPast: boolean) {
  const shape: Shape = [BATCH, HEADS, PRESENT_ROWS, width]
  const present = new Float32Array(BATCH * HEADS * PRESENT_ROWS * width).fill(-1)
  for (let b = 0; b < BATCH; b++) {
    for (let head = 0; head < HEADS; head++) {
      const to = (row: number) => rowOf(present, shape, b, head, row)
      for (let row = 0; row < VALID[b]! && !keepsPast; row++) {
        to(row).set(rowOf(past, [BATCH, HEADS, PAST_ROWS, width], b, head, row))
      }
      for (let row = 0; row < NEW_ROWS; row++) {
        to(VALID[b]! + row).set(rowOf(rows, [BATCH, NEW_ROWS, HEADS, width], b, row, head))
      }
    }
  }
  return present
}

async function checkAppend(device: CudaDevice, width: number, keepsPast: boolean): Promise<void> {
  const count = BATCH * HEADS * width
  const [values, added] = [counting(count * PAST_ROWS), counting(count * NEW_ROWS, 100_000)]
  const blank = tensor(new Float32Array(count * PRESENT_ROWS).fill(-1), [count * PRESENT_ROWS])
  using past = device.upload(tensor(values, [values.length]))
  using rows = device.upload(tensor(added, [added.length]))
  using pastSeqlens = device.upload(tensor(PAST_SEQLENS, [BATCH]))
  using keys = device.upload(blank)
  using doubled = device.upload(blank)
  const rowBytes = width * 4
  const part = {
    past: keepsPast ? 0n : past.pointer,
    rows: rows.pointer,
    batchStride: NEW_ROWS * HEADS * rowBytes,
    rowStride: HEADS * rowBytes,
    headStride: rowBytes,
    rowBytes,
  }
  const append: AppendCache = {
    keys: { ...part, present: keys.pointer },
    values: { ...part, present: doubled.pointer },
    pastSeqlens: pastSeqlens.pointer,
    batch: BATCH,
    heads: HEADS,
    pastSeqlen: PAST_SEQLEN,
    newRows: NEW_ROWS,
    pastRows: PAST_ROWS,
    presentRows: PRESENT_ROWS,
  }
  appendCache('appendCache', append, device.defaultStream)
  const expected = appended(values, added, width, keepsPast)
  expectEqual((await device.download(keys)).data, expected)
  expectEqual((await device.download(doubled)).data, expected)
}

const append: DeviceCheck = {
  name: 'keys and values are appended to a cache, behind the past of each batch entry',
  run: async (device) => {
    for (const width of [64, 20, 7]) {
      for (const keepsPast of [false, true]) await checkAppend(device, width, keepsPast)
    }
  },
}

const indices: DeviceCheck = {
  name: 'index tensors are made of others, and clamped',
  run: async (device) => {
    const far = 2n ** 63n - 1n
    using narrow = device.upload(tensor(Int32Array.of(-7, 0, 5, 2 ** 31 - 1), [4]))
    using wide = device.upload(tensor(BigInt64Array.of(-far, 3n, far), [3, 1]))
    const limits = { least: 0, most: 9 }
    const made = device.deriveIndices([
      { source: narrow, add: 1, ...limits },
      { source: wide, add: 4, least: -6, most: 2 ** 31 - 1 },
      { source: narrow, add: -3, ...limits },
      { source: narrow, add: 0, ...limits },
      { source: wide, add: -4, ...limits },
    ])
    const expected = [
      [0, 1, 6, 9],
      [-6, 7, 2 ** 31 - 1],
      [0, 0, 2, 9],
      [0, 0, 5, 9],
      [0, 0, 9],
    ]
    for (const [at, derived] of made.entries()) {
      expectEqual((await device.download(derived)).data, expected[at]!)
      derived.dispose()
    }
  },
}

export const CACHE_CHECKS: readonly DeviceCheck[] = [append, indices]
