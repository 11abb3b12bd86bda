import {
  type Attention,
  type Backend,
  compareTensors,
  createAttention,
  emptyTensor,
  type HostTensor,
  only,
  packedMultiHeadAttention,
  reference,
  removePadding,
  TOLERANCES,
} from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { describe, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import { PACKED_FORMS, type RandomPacked, randomPacked } from './support/random-packed.js'

const PROBLEMS = 300
// Each is as far from the truth as this.
const TOLERANCE = { norm: 2 * TOLERANCES.float32.norm, max: 2 * TOLERANCES.float32.max }

function attentionOn(backend: Backend): Promise<Attention> {
  return createAttention({ backends: [backend], policy: only(backend.name) })
}

async function packedOutput(attention: Attention, call: RandomPacked): Promise<HostTensor> {
  const { inputs, attributes, hiddenSizes, form } = call
  const isProjected = form === 'projected'
  const operator = isProjected ? 'PackedAttention' : 'PackedMultiHeadAttention'
  const sizes = isProjected ? { qkvHiddenSizes: hiddenSizes } : {}
  const { output } = await attention.call(operator, inputs, { ...attributes, ...sizes })
  return output as HostTensor
}

/** The outputs of MultiHeadAttention for each sequence by itself, one after the other. */
async function eachOutput(attention: Attention, call: RandomPacked): Promise<number[]> {
  const outputs: number[] = []
  for (const inputs of call.sequences) {
    const { output } = await attention.call('MultiHeadAttention', inputs, call.attributes)
    outputs.push(...((output as HostTensor).data as Float32Array))
  }
  return outputs
}

async function faultOf(attention: Attention, call: RandomPacked): Promise<string[]> {
  const packed = await packedOutput(attention, call)
  const expected = await eachOutput(attention, call)
  if (packed.data.length !== expected.length) return [`${packed.data.length} elements`]
  const { ok, relError, maxError } = compareTensors(
    packed.data as Float32Array,
    expected,
    TOLERANCE,
  )
  return ok ? [] : [`relative norm ${relError}, largest error ${maxError}: ${call.description}`]
}

/** The least time of some runs, in milliseconds: what else runs only adds to it. */
async function leastTime(runs: number, run: () => unknown): Promise<number> {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < runs; i++) {
    const start = performance.now()
    await run()
    least = Math.min(least, performance.now() - start)
  }
  return least
}

describeNative('The checks of tokenOffset and cumulativeSequenceLength', () => {
  it.each([
    [4, 128],
    [32, 512],
  ])('cost less than a hundredth of a call: %i sequences of %i tokens', async (batch, seqlen) => {
    const attention = await attentionOn(cpu())
    const lengths = Array.from({ length: batch }, (_, b) => seqlen - ((7 * b) % (seqlen / 2)))
    const padded = emptyTensor([batch, seqlen, 12, 3, 64], 'float32')
    const { packed: query, ...sequences } = removePadding(padded, lengths)
    const { tokenOffset, cumulativeSequenceLength } = sequences
    const inputs = { query, tokenOffset, cumulativeSequenceLength }
    const attributes = { numHeads: 12 }
    const lowered = packedMultiHeadAttention.lower(inputs, attributes, {}, new Set())
    const check = await leastTime(200, () => packedMultiHeadAttention.checkValues(inputs, lowered))
    const call = await leastTime(3, () => attention.packedMultiHeadAttention(inputs, attributes))
    expect(check / call).toBeLessThan(0.01)
  })
})

for (const backend of [reference(), cpu()]) {
  const describeBackend = backend.name === 'cpu' ? describeNative : describe
  describeBackend(`Packed operators on ${backend.name}`, () => {
    it(`equal MultiHeadAttention on each sequence: ${PROBLEMS} random problems`, async () => {
      const attention = await attentionOn(backend)
      const failed: string[] = []
      for (let number = 0; number < PROBLEMS; number++) {
        const form = PACKED_FORMS[number % PACKED_FORMS.length]!
        const call = randomPacked(new Random(number), form)
        failed.push(...(await faultOf(attention, call)).map((fault) => `${number}: ${fault}`))
      }
      expect(failed).toEqual([])
    })
  })
}
