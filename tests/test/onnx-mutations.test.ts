import { readFileSync } from 'node:fs'
import { emptyTensor, type HostTensor, isAttentionError } from '@attnkit/core'
import { operatorCalls, readModel, readTensor, writeModel, writeTensor } from '@attnkit/onnx'
import { describe, expect, test } from 'vitest'
import { filesBelow, fixtureFolder } from '../src/fixtures.js'
import { below, mutate, seeded } from '../src/mutations.js'

const MUTATIONS = 10_000
/** An element that takes one byte in a file is at most eight in memory. */
const LARGEST_GROWTH = 8

const SPEC = { dtype: 'float32', shape: [2, 3, 8] } as const
const OWN_MODELS = [1, 2].map((numHeads) =>
  writeModel({
    operator: 'MultiHeadAttention',
    inputs: { query: SPEC, key: SPEC, value: SPEC },
    attributes: { numHeads, scale: 0.5, unidirectional: true },
    outputs: { output: SPEC, qk: { dtype: 'float32' } },
  }),
)
const OWN_TENSORS = (['float32', 'bfloat16', 'int64', 'bool'] as const).map((dtype) =>
  writeTensor(emptyTensor([3, 4, 5], dtype), 'its name'),
)

const folder = fixtureFolder('onnx-node')
const fixtures = (end: string) => (folder ? filesBelow(folder, end).map(read) : [])
const read = (file: string): Uint8Array => readFileSync(file)

interface Tally {
  readonly accepted: number
  readonly refused: number
}

/** Reads mutated files. Anything but an `invalid-argument` that says file, found and required is thrown. */
function fuzz(files: readonly Uint8Array[], readOne: (bytes: Uint8Array) => void): Tally {
  const random = seeded(20261122)
  const tally = { accepted: 0, refused: 0 }
  for (let round = 0; round < MUTATIONS; round++) {
    const bytes = mutate(files[below(random, files.length)]!, random)
    try {
      readOne(bytes)
      tally.accepted += 1
    } catch (error) {
      requireClear(error)
      tally.refused += 1
    }
  }
  return tally
}

function requireClear(error: unknown): void {
  if (!isAttentionError(error) || error.code !== 'invalid-argument') throw error
  const faults = error.details.faults ?? []
  const isClear = faults.every(
    ({ path, found, required }) => path.startsWith('mutated') && found !== '' && required !== '',
  )
  if (faults.length !== 1 || !isClear || error.message.length > 2000) throw error
}

/** Plain arithmetic: `expect` ten thousand times is what would take the time. */
function requireSmall({ data }: HostTensor, bytes: Uint8Array): void {
  if (data.byteLength <= bytes.byteLength * LARGEST_GROWTH) return
  throw new Error(`${data.byteLength} bytes from a file of ${bytes.byteLength}`)
}

describe(`${MUTATIONS} mutated files end in a read or in a clear error`, () => {
  test('model.onnx', () => {
    const tally = fuzz([...OWN_MODELS, ...fixtures('model.onnx')], (bytes) => {
      const model = readModel(bytes, 'mutated.onnx')
      for (const initializer of model.graph.initializers) requireSmall(initializer.read(), bytes)
      operatorCalls(model)
    })
    expect(tally.refused).toBeGreaterThan(MUTATIONS / 4)
    expect(tally.accepted).toBeGreaterThan(MUTATIONS / 100)
  })

  test('.pb', () => {
    const tally = fuzz([...OWN_TENSORS, ...fixtures('.pb')], (bytes) => {
      requireSmall(readTensor(bytes, 'mutated.pb').tensor, bytes)
    })
    expect(tally.refused).toBeGreaterThan(MUTATIONS / 4)
    expect(tally.accepted).toBeGreaterThan(MUTATIONS / 100)
  })
})
