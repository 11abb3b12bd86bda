const CONTAINER_MAGIC = 0xba55ed50
const PTX = 1
const ELF = 2
/** Set on code for one architecture alone, the `a` of sm_90a. */
const ARCHITECTURE_SPECIFIC = 0x100000

/**
 * The device images in a `.nv_fatbin` section, e.g. `sm_80`, `sm_90a`, `compute_80`, each once.
 *
 * The layout is not documented by NVIDIA; these fields were found by compiling one kernel for several
 * architectures with nvcc 13.0 and comparing the bytes.
 *
 * @param {Buffer} section
 * @returns {string[]} sorted
 */
export function readFatbin(section) {
  const images = new Set()
  const magic = Buffer.alloc(4)
  magic.writeUInt32LE(CONTAINER_MAGIC)
  for (let at = section.indexOf(magic); at >= 0; at = section.indexOf(magic, at + 4)) {
    for (const image of readContainer(section, at)) images.add(image)
  }
  return [...images].sort()
}

function* readContainer(section, start) {
  const first = start + section.readUInt16LE(start + 6)
  const end = first + Number(section.readBigUInt64LE(start + 8))
  for (let at = first; at + 0x30 <= Math.min(end, section.length); ) {
    const headerBytes = section.readUInt32LE(at + 4)
    const kind = section.readUInt16LE(at)
    if (kind === PTX || kind === ELF) yield imageName(section, at, kind)
    at += headerBytes + Number(section.readBigUInt64LE(at + 8))
    if (headerBytes === 0) return
  }
}

function imageName(section, at, kind) {
  const architecture = section.readUInt32LE(at + 0x1c)
  const specific = (section.readUInt32LE(at + 0x28) & ARCHITECTURE_SPECIFIC) !== 0 ? 'a' : ''
  return `${kind === PTX ? 'compute' : 'sm'}_${architecture}${specific}`
}
