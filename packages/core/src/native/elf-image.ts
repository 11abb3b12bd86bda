import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What the first bytes of a file say about whether it can be loaded. */
export type ElfImage =
  | { readonly status: 'ok'; readonly machine: number }
  | { readonly status: 'corrupt'; readonly found: string }

/** Sizes and offsets of the ELF-64 file header and program header (System V ABI, chapter 4). */
const ELF_MAGIC = 0x7f454c46
const HEADER_BYTES = 64
const CLASS = 4
const CLASS_64 = 2
const MACHINE = 18
const PROGRAM_OFFSET = 32
const SECTION_OFFSET = 40
const PROGRAM_ENTRY_BYTES = 54
const PROGRAM_ENTRIES = 56
const SECTION_ENTRY_BYTES = 58
const SECTION_ENTRIES = 60
const SEGMENT_OFFSET = 8
const SEGMENT_FILE_BYTES = 32
const SEGMENT_HEADER_BYTES = 56

function readAt(file: number, offset: number, bytes: number): Buffer {
  const buffer = Buffer.alloc(bytes)
  return buffer.subarray(0, readSync(file, buffer, 0, bytes, offset))
}

function describeForeign(start: Buffer, size: number): string {
  if (size === 0) return 'an empty file'
  if (start.toString('latin1').startsWith('version https://git-lfs')) return 'a Git LFS pointer'
  if (start.subarray(0, 2).toString('latin1') === 'MZ') return 'a Windows file'
  return `${size} bytes that do not start as an ELF file`
}

/** A table of the headers: where it lies and how much there is of it. */
function tableEnd(header: Buffer, offset: number, entryBytes: number, entries: number): number {
  const start = Number(header.readBigUInt64LE(offset))
  return start + header.readUInt16LE(entryBytes) * header.readUInt16LE(entries)
}

/** The end of the last segment, which is what gets mapped. */
function segmentsEnd(file: number, header: Buffer): number {
  const bytes = SEGMENT_HEADER_BYTES * header.readUInt16LE(PROGRAM_ENTRIES)
  const segments = readAt(file, Number(header.readBigUInt64LE(PROGRAM_OFFSET)), bytes)
  let end = 0
  for (let at = 0; at + SEGMENT_HEADER_BYTES <= segments.length; at += SEGMENT_HEADER_BYTES) {
    const offset = Number(segments.readBigUInt64LE(at + SEGMENT_OFFSET))
    end = Math.max(end, offset + Number(segments.readBigUInt64LE(at + SEGMENT_FILE_BYTES)))
  }
  return end
}

/** The size that the headers speak of: a shorter file was cut off. */
function requiredBytes(file: number, header: Buffer, size: number): number {
  const tables = Math.max(
    HEADER_BYTES,
    tableEnd(header, PROGRAM_OFFSET, PROGRAM_ENTRY_BYTES, PROGRAM_ENTRIES),
    tableEnd(header, SECTION_OFFSET, SECTION_ENTRY_BYTES, SECTION_ENTRIES),
  )
  return size < tables ? tables : Math.max(tables, segmentsEnd(file, header))
}

function inspect(file: number): ElfImage {
  const { size } = fstatSync(file)
  const header = readAt(file, 0, HEADER_BYTES)
  const isElf = header.length >= 4 && header.readUInt32BE(0) === ELF_MAGIC
  if (!isElf) return { status: 'corrupt', found: describeForeign(header, size) }
  if (header.length < HEADER_BYTES) return { status: 'corrupt', found: `${size} bytes, cut off` }
  const machine = header.readUInt16LE(MACHINE)
  if (header.readUInt8(CLASS) !== CLASS_64) return { status: 'ok', machine }
  const required = requiredBytes(file, header, size)
  return size < required
    ? { status: 'corrupt', found: `${size} of at least ${required} bytes` }
    : { status: 'ok', machine }
}

/**
 * Looks at a shared object before it is loaded: the dynamic linker maps a file that was cut off and
 * then dies of a bus error, and calls one for another processor "no such file".
 */
export function inspectElf(path: string): ElfImage {
  const file = openSync(path, 'r')
  try {
    return inspect(file)
  } finally {
    closeSync(file)
  }
}
