import { type FileHandle, open } from 'node:fs/promises'
import { AttentionError } from '@attnkit/core'
import { fileError } from './file-fault.js'

const CHUNK_BYTES = 1 << 28

/**
 * A regular file's bytes, in memory of exactly its size.
 * @throws AttentionError `invalid-argument` when it cannot be read, `out-of-memory` when it is too
 * large for one array.
 */
export async function readFileBytes(file: string): Promise<Uint8Array<ArrayBuffer>> {
  let handle: FileHandle | undefined
  try {
    handle = await open(file, 'r')
    const status = await handle.stat()
    if (!status.isFile()) {
      throw fileError({ file, field: 'path', found: 'no regular file', required: 'a file' })
    }
    const bytes = allocate(status.size, file)
    await fill(handle, bytes, file)
    return bytes
  } catch (error) {
    throw readable(error, file)
  } finally {
    await handle?.close()
  }
}

async function fill(handle: FileHandle, bytes: Uint8Array, file: string): Promise<void> {
  let at = 0
  while (at < bytes.byteLength) {
    const length = Math.min(CHUNK_BYTES, bytes.byteLength - at)
    const { bytesRead } = await handle.read(bytes, at, length, at)
    if (bytesRead === 0) {
      const required = `${bytes.byteLength} bytes`
      throw fileError({ file, field: 'data', found: `${at} bytes while reading`, required })
    }
    at += bytesRead
  }
}

function allocate(size: number, file: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(size)
  } catch (cause) {
    const message = `${file}: ${size} bytes do not fit into one array of this Node.js`
    throw new AttentionError('out-of-memory', message, { operator: 'run', file, size }, { cause })
  }
}

/** Node's own errors as ours: the path, what the system said, and what is needed. */
function readable(error: unknown, file: string): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (error instanceof AttentionError || code === undefined) return error
  return fileError({ file, field: 'path', found: code, required: 'a file that can be read' }, error)
}
