import { open, rename, rm } from 'node:fs/promises'
import { fileError } from './file-fault.js'

/**
 * Writes a file from its parts; it appears under its name only when it is whole.
 * @throws AttentionError `invalid-argument` when it cannot be written.
 */
export async function writeFileParts(file: string, parts: readonly Uint8Array[]): Promise<void> {
  const unfinished = `${file}.${process.pid}.part`
  try {
    const handle = await open(unfinished, 'wx')
    try {
      for (const part of parts) await handle.writeFile(part)
    } finally {
      await handle.close()
    }
    await rename(unfinished, file)
  } catch (cause) {
    await rm(unfinished, { force: true })
    const found = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw fileError({ file, field: 'path', found, required: 'a file that can be written' }, cause)
  }
}
