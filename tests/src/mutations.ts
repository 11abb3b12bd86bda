/** Numbers from 0 up to 1, the same in every run. */
export type Random = () => number

/** mulberry32 */
export function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

export type Mutation = (bytes: Uint8Array, random: Random) => Uint8Array

/** Numbers as Protocol Buffers write them: lengths and sizes that nothing has. */
const EXTREME_VARINTS: readonly (readonly number[])[] = [
  [0],
  [0x7f],
  [0xff, 0xff, 0xff, 0xff, 0x07],
  [0xff, 0xff, 0xff, 0xff, 0x0f],
  [0x80, 0x80, 0x80, 0x80, 0x10],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  new Array<number>(12).fill(0xff),
]

/** What comes before a length: fields 1 to 15 of the kind that has one. */
const isLengthTag = (byte: number) => byte < 128 && byte % 8 === 2

const flipBit: Mutation = (bytes, random) => {
  const copy = Uint8Array.from(bytes)
  const at = below(random, copy.length)
  copy[at] = copy[at]! ^ (1 << below(random, 8))
  return copy
}

/** Near the start, where the lengths are. */
const flipEarlyBit: Mutation = (bytes, random) => {
  const copy = Uint8Array.from(bytes)
  const at = below(random, Math.min(copy.length, 80))
  copy[at] = copy[at]! ^ (1 << below(random, 8))
  return copy
}

const truncate: Mutation = (bytes, random) => bytes.slice(0, below(random, bytes.length))

const forgeLength: Mutation = (bytes, random) => {
  const tags = [...bytes.subarray(0, 400).keys()].filter((at) => isLengthTag(bytes[at]!))
  const at = tags[below(random, tags.length)] ?? 0
  const forged = EXTREME_VARINTS[below(random, EXTREME_VARINTS.length)]!
  return Buffer.concat([bytes.subarray(0, at + 1), Uint8Array.from(forged), bytes.subarray(at + 2)])
}

/** Copies one stretch to another place, over what is there or in between. */
const splice: Mutation = (bytes, random) => {
  const from = below(random, bytes.length)
  const stretch = bytes.slice(from, from + 1 + below(random, 60))
  const to = below(random, bytes.length)
  const after = random() < 0.5 ? to : to + stretch.length
  return Buffer.concat([bytes.subarray(0, to), stretch, bytes.subarray(after)])
}

/** Says a message twice, so that its fields come again. */
const repeat: Mutation = (bytes, random) =>
  Buffer.concat([bytes, bytes.subarray(below(random, bytes.length))])

const MUTATIONS = [flipBit, flipEarlyBit, truncate, forgeLength, splice, repeat]

/** One to three mutations of a file. */
export const mutate: Mutation = (bytes, random) => {
  let mutated = bytes
  for (let left = 1 + below(random, 3); left > 0 && mutated.length > 0; left--) {
    mutated = MUTATIONS[below(random, MUTATIONS.length)]!(mutated, random)
  }
  return mutated
}
