import { isAttentionError } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { readNpy, writeNpy } from '../../src/files/npy.js'
import { readSafetensors, writeSafetensors } from '../../src/files/safetensors.js'
import { joined, sampleTensors } from './sample-tensors.js'

const MUTATIONS = 100_000
const TIME_LIMIT_MS = 60_000

type Random = () => number

/** mulberry32: the same mutations in every run. */
function seeded(seed: number): Random {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

const EXTREME_DIGITS = [
  '-1',
  '0',
  '9007199254740993',
  '18446744073709551616',
  '1e400',
  '4294967296',
]

type Mutation = (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>

const flipByte: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  copy[below(random, copy.length)] = below(random, 256)
  return copy
}

const truncate: Mutation = (bytes, random) => bytes.slice(0, below(random, bytes.length))

const extend: Mutation = (bytes, random) => joined([bytes, new Uint8Array(1 + below(random, 64))])

const changeLength: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  for (let at = 0; at < 12 && at < copy.length; at++) {
    if (random() < 0.3) copy[at] = random() < 0.5 ? 255 : below(random, 256)
  }
  return copy
}

/** Puts an extreme number where a number is in the header, and keeps the header's length right. */
const changeNumber: Mutation = (bytes, random) => {
  if (bytes.length < 16) return bytes
  const text = Buffer.from(bytes).toString('latin1')
  const numbers = [...text.slice(0, 600).matchAll(/[0-9]+/g)]
  const chosen = numbers[below(random, numbers.length)]
  if (chosen === undefined) return bytes
  const digits = EXTREME_DIGITS[below(random, EXTREME_DIGITS.length)] as string
  const changed = text.slice(0, chosen.index) + digits + text.slice(chosen.index + chosen[0].length)
  const result = new Uint8Array(Buffer.from(changed, 'latin1'))
  const grown = digits.length - chosen[0].length
  const view = new DataView(result.buffer)
  if (result[0] === 0x93) view.setUint16(8, view.getUint16(8, true) + grown, true)
  else view.setBigUint64(0, BigInt.asUintN(64, view.getBigUint64(0, true) + BigInt(grown)), true)
  return result
}

/** Copies one stretch over another: repeated keys, brackets that do not match. */
const splice: Mutation = (bytes, random) => {
  const copy = bytes.slice()
  const from = below(random, copy.length)
  copy.copyWithin(below(random, copy.length), from, from + 1 + below(random, 40))
  return copy
}

const MUTATIONS_OF_A_FILE: readonly Mutation[] = [
  flipByte,
  truncate,
  extend,
  changeLength,
  changeNumber,
  splice,
]

interface Tally {
  accepted: number
  refused: number
}

function fuzz(
  files: readonly Uint8Array<ArrayBuffer>[],
  read: (bytes: Uint8Array<ArrayBuffer>) => void,
): Tally {
  const random = seeded(20260726)
  const tally = { accepted: 0, refused: 0 }
  for (let round = 0; round < MUTATIONS; round++) {
    let bytes = files[round % files.length] as Uint8Array<ArrayBuffer>
    for (let left = 1 + below(random, 3); left > 0 && bytes.length > 0; left--) {
      const mutate = MUTATIONS_OF_A_FILE[below(random, MUTATIONS_OF_A_FILE.length)] as Mutation
      bytes = mutate(bytes, random)
    }
    try {
      read(bytes)
      tally.accepted += 1
    } catch (error) {
      if (!isAttentionError(error) || error.code !== 'invalid-argument') throw error
      tally.refused += 1
    }
  }
  return tally
}

describe(`${MUTATIONS} mutated files end in typed errors only`, () => {
  const before = () => process.memoryUsage().arrayBuffers

  it(
    '.npy',
    () => {
      const tensors = [...sampleTensors().values()].filter(({ dtype }) => dtype !== 'bfloat16')
      const files = tensors.map((tensor) => joined(writeNpy(tensor, 'x.npy')))
      const tally = fuzz(files, (bytes) => {
        const { data } = readNpy(bytes, 'x.npy')
        expectWithin(data.byteLength, bytes)
      })
      expect(tally.refused).toBeGreaterThan(MUTATIONS / 4)
      expect(tally.accepted).toBeGreaterThan(0)
    },
    TIME_LIMIT_MS,
  )

  it(
    '.safetensors',
    () => {
      const some = new Map([...sampleTensors()].slice(0, 3))
      const files = [sampleTensors(), some, new Map()].map((tensors) =>
        joined(writeSafetensors(tensors)),
      )
      const tally = fuzz(files, (bytes) => {
        const file = readSafetensors(bytes, 'x.safetensors')
        for (const name of file.names) expectWithin(file.read(name).data.byteLength, bytes)
      })
      expect(tally.refused).toBeGreaterThan(MUTATIONS / 4)
      expect(tally.accepted).toBeGreaterThan(0)
    },
    TIME_LIMIT_MS,
  )

  it('reads no more memory than the file has', () => {
    const [name, tensor] = [...sampleTensors()][0] as never as [string, never]
    const bytes = joined(writeSafetensors(new Map([[name, tensor]])))
    const start = before()
    readSafetensors(bytes, 'x.safetensors').read(name)
    expect(before() - start).toBeLessThanOrEqual(bytes.byteLength)
  })
})

/** Plain arithmetic: `expect` a hundred thousand times is what would take the time. */
function expectWithin(found: number, bytes: Uint8Array): void {
  if (found > bytes.byteLength) throw new Error(`${found} bytes from a file of ${bytes.byteLength}`)
}
