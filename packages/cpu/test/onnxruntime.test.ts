import {
  type Attention,
  compareTensors,
  createAttention,
  type HostTensor,
  only,
  TOLERANCES,
} from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import { onnxModel } from './support/onnx-model.js'
import { type OnnxOutputs, Onnxruntime } from './support/onnxruntime.js'
import {
  FORMS,
  type RandomCall,
  randomMultiHeadAttention,
} from './support/random-multi-head-attention.js'

const PROBLEMS_PER_FORM = 60
// Both compute in float32, each as far from the truth as this.
const TOLERANCE = { norm: 2 * TOLERANCES.float32.norm, max: 2 * TOLERANCES.float32.max }
// ONNX Runtime adds the filter value -10000 in float32, whose numbers there are 1e-3 apart.
const MASKED_TOLERANCE = 1e-3

const INPUTS = [
  'query',
  'key',
  'value',
  'bias',
  'key_padding_mask',
  'attention_bias',
  'past_key',
  'past_value',
]

function modelOf({ feeds, attributes, outputs }: RandomCall): Uint8Array {
  const { numHeads, unidirectional, maskFilterValue, scale } = attributes
  return onnxModel({
    operator: 'MultiHeadAttention',
    domain: 'com.microsoft',
    inputs: INPUTS.map((name) => {
      const array = feeds[name]
      if (array === undefined) return null
      const type = array.data instanceof Int32Array ? 'int32' : 'float32'
      return { name, type, dims: array.dims }
    }),
    outputs: [
      'output',
      ...(['present_key', 'present_value', 'qk'] as const).map((name) =>
        outputs.has(name) ? name : null,
      ),
    ],
    attributes: {
      num_heads: { int: Number(numHeads) },
      unidirectional: { int: Number(unidirectional) },
      ...(maskFilterValue !== undefined && {
        mask_filter_value: { float: Number(maskFilterValue) },
      }),
      ...(scale !== undefined && { scale: { float: Number(scale) } }),
    },
  })
}

function requested({ outputs, inputs, form }: RandomCall): Record<string, HostTensor | boolean> {
  const shared = form === 'shared'
  return {
    ...(outputs.has('present_key') && { presentKey: shared ? inputs.pastKey! : true }),
    ...(outputs.has('present_value') && { presentValue: shared ? inputs.pastValue! : true }),
    ...(outputs.has('qk') && { qk: true }),
  }
}

function floats(tensor: unknown): Float32Array {
  return (tensor as HostTensor<'float32'>).data
}

/**
 * ONNX Runtime's CPU leaves the last row without the causal mask. That is right for self-attention, where
 * it sees every key anyway, and wrong where there are more new keys than queries: such a row is left out.
 */
function isComparable({ attributes, sizes }: RandomCall, query: number): boolean {
  const sees = attributes.unidirectional && sizes.newKeys > sizes.seqlenQ
  return !sees || query !== sizes.seqlenQ - 1
}

/** Rows whose every key is masked come apart: their tolerance is another. */
function outputFaults(call: RandomCall, actual: Float32Array, expected: Float32Array): string[] {
  const { batch, seqlenQ, numHeads, headDimV } = call.sizes
  const width = numHeads * headDimV
  const faults: string[] = []
  const plain = { actual: [] as number[], expected: [] as number[] }
  if (actual.length !== batch * seqlenQ * width) return [`output has ${actual.length} elements`]
  for (let row = 0; row < batch * seqlenQ; row++) {
    if (!isComparable(call, row % seqlenQ)) continue
    for (let i = row * width; i < (row + 1) * width; i++) {
      if (!call.maskedRows.has(row)) {
        plain.actual.push(actual[i]!)
        plain.expected.push(expected[i]!)
      } else if (!(Math.abs(actual[i]! - expected[i]!) <= MASKED_TOLERANCE)) {
        faults.push(`masked row ${row}: ${actual[i]} instead of ${expected[i]}`)
      }
    }
  }
  const { ok, relError, maxError } = compareTensors(plain.actual, plain.expected, TOLERANCE)
  if (!ok) faults.push(`output: relative norm ${relError}, largest error ${maxError}`)
  return faults.slice(0, 3)
}

/** The rows that hold keys; a shared buffer has more. */
function presentFaults(call: RandomCall, name: string, actual: HostTensor, expected: Float32Array) {
  const { batch, numHeads, total } = call.sizes
  const [rows, width] = [actual.shape[2]!, actual.shape[3]!]
  for (let head = 0; head < batch * numHeads; head++) {
    for (let i = 0; i < total * width; i++) {
      const got = floats(actual)[head * rows * width + i]!
      const want = expected[head * total * width + i]!
      if (!(Math.abs(got - want) <= 1e-6 * Math.max(1, Math.abs(want)))) {
        return [`${name}: ${got} instead of ${want}`]
      }
    }
  }
  return []
}

function qkFaults(call: RandomCall, actual: Float32Array, expected: Float32Array): string[] {
  const { seqlenQ, total } = call.sizes
  const at = expected.findIndex((want, i) => {
    const got = actual[i]!
    if (!isComparable(call, Math.floor(i / total) % seqlenQ)) return false
    if (want === Number.NEGATIVE_INFINITY) return got !== want
    return !(Math.abs(got - want) <= 2e-5 + 2e-6 * Math.abs(want))
  })
  return at < 0 ? [] : [`qk: ${actual[at]} instead of ${expected[at]}`]
}

async function faultsOf(attention: Attention, call: RandomCall, expected: OnnxOutputs) {
  const result = await attention.multiHeadAttention(
    call.inputs as never,
    call.attributes as never,
    {
      outputs: requested(call),
    },
  )
  const faults = outputFaults(call, floats(result.output), expected.output!)
  for (const [name, onnxName] of [
    ['presentKey', 'present_key'],
    ['presentValue', 'present_value'],
  ] as const) {
    if (!call.outputs.has(onnxName)) continue
    faults.push(...presentFaults(call, name, result[name] as HostTensor, expected[onnxName]!))
  }
  if (call.outputs.has('qk')) faults.push(...qkFaults(call, floats(result.qk), expected.qk!))
  if (result.decision.backend !== 'cpu') faults.push(`ran on ${result.decision.backend}`)
  return faults
}

describeNative('MultiHeadAttention against ONNX Runtime', () => {
  let attention: Attention
  let onnxruntime: Onnxruntime
  beforeAll(async () => {
    attention = await createAttention({ backends: [cpu()], policy: only('cpu') })
    onnxruntime = await Onnxruntime.start()
  })
  afterAll(() => onnxruntime?.stop())

  for (const form of FORMS) {
    it(`agrees on ${PROBLEMS_PER_FORM} random problems of form ${form}`, async () => {
      const failed: string[] = []
      for (let number = 0; number < PROBLEMS_PER_FORM; number++) {
        const random = new Random(1000 * (FORMS.indexOf(form) + 1) + number)
        const call = randomMultiHeadAttention(random, form)
        const expected = await onnxruntime.run(modelOf(call), call.feeds)
        const faults = await faultsOf(attention, call, expected)
        const name = `${number} (${call.features.join(', ')}; ${JSON.stringify(call.sizes)})`
        failed.push(...faults.map((fault) => `${name}: ${fault}`))
      }
      expect(failed).toEqual([])
    })
  }
})
