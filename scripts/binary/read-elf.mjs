import { readFileSync } from 'node:fs'

const MACHINES = { 62: 'x86-64', 183: 'aarch64' }

/**
 * What a 64-bit little-endian ELF file asks of the system that loads it.
 *
 * Layout: System V ABI, "Object Files"; symbol versions: Linux Standard Base, "Symbol Versioning".
 *
 * @returns {{machine: string, needed: string[], versions: {library: string, version: string}[],
 *   sections: Map<string, Buffer>}}
 */
export function readElf(path) {
  const file = readFileSync(path)
  if (file.length < 64 || file.readUInt32BE(0) !== 0x7f454c46) throw new Error(`${path}: not ELF`)
  if (file[4] !== 2 || file[5] !== 1) throw new Error(`${path}: not 64-bit little-endian ELF`)
  const sections = readSections(file)
  return {
    machine: MACHINES[file.readUInt16LE(18)] ?? `machine ${file.readUInt16LE(18)}`,
    needed: readNeeded(sections),
    versions: readVersions(sections),
    sections,
  }
}

function readSections(file) {
  const table = Number(file.readBigUInt64LE(0x28))
  const size = file.readUInt16LE(0x3a)
  const headers = Array.from({ length: file.readUInt16LE(0x3c) }, (_, i) =>
    file.subarray(table + i * size, table + (i + 1) * size),
  )
  const names = contents(file, headers[file.readUInt16LE(0x3e)])
  return new Map(headers.map((h) => [text(names, h.readUInt32LE(0)), contents(file, h)]))
}

function contents(file, header) {
  const NOBITS = 8
  if (header.readUInt32LE(4) === NOBITS) return Buffer.alloc(0)
  const start = Number(header.readBigUInt64LE(0x18))
  return file.subarray(start, start + Number(header.readBigUInt64LE(0x20)))
}

function readNeeded(sections) {
  const [dynamic, strings] = [sections.get('.dynamic'), sections.get('.dynstr')]
  const needed = []
  const DT_NEEDED = 1n
  for (let at = 0; dynamic && at + 16 <= dynamic.length; at += 16) {
    if (dynamic.readBigInt64LE(at) !== DT_NEEDED) continue
    needed.push(text(strings, Number(dynamic.readBigUInt64LE(at + 8))))
  }
  return needed
}

/** The symbol versions required, e.g. `GLIBC_2.17` of `libc.so.6`. */
function readVersions(sections) {
  const [table, strings] = [sections.get('.gnu.version_r'), sections.get('.dynstr')]
  const versions = []
  for (let at = 0, more = table !== undefined; more; ) {
    const library = text(strings, table.readUInt32LE(at + 4))
    let entry = at + table.readUInt32LE(at + 8)
    for (let i = 0; i < table.readUInt16LE(at + 2); i++) {
      versions.push({ library, version: text(strings, table.readUInt32LE(entry + 8)) })
      entry += table.readUInt32LE(entry + 12)
    }
    const next = table.readUInt32LE(at + 12)
    at += next
    more = next !== 0
  }
  return versions
}

function text(strings, at) {
  return strings.toString('latin1', at, strings.indexOf(0, at))
}
