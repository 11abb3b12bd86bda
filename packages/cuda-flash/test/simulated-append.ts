import type { AppendCache, CachePart } from '@attnkit/cuda-runtime'

/** Does what the kernel that appends to a cache does, in the memory of this process. */
export function simulateAppend(memory: ArrayBuffer, append: AppendCache): void {
  for (let batch = 0; batch < append.batch; batch++) {
    for (let head = 0; head < append.heads; head++) {
      appendHead(memory, append, append.keys, batch, head)
      appendHead(memory, append, append.values, batch, head)
    }
  }
}

function appendHead(
  memory: ArrayBuffer,
  append: AppendCache,
  part: CachePart,
  batch: number,
  head: number,
): void {
  const { rowBytes, batchStride, headStride, rowStride } = part
  const bytes = (at: number, rows: number) => new Uint8Array(memory, at, rows * rowBytes)
  const cacheHead = batch * append.heads + head
  const present = Number(part.present) + cacheHead * append.presentRows * rowBytes
  const past = pastOf(memory, append, batch)
  if (part.past !== 0n) {
    const from = Number(part.past) + cacheHead * append.pastRows * rowBytes
    bytes(present, past).set(bytes(from, past))
  }
  const first = Number(part.rows) + batch * batchStride + head * headStride
  for (let row = 0; row < append.newRows; row++) {
    bytes(present + (past + row) * rowBytes, 1).set(bytes(first + row * rowStride, 1))
  }
}

function pastOf(memory: ArrayBuffer, { pastSeqlens, pastSeqlen }: AppendCache, batch: number) {
  if (pastSeqlens === 0n) return pastSeqlen
  const length = new Int32Array(memory, Number(pastSeqlens))[batch]!
  return Math.min(Math.max(length, 0), pastSeqlen)
}
