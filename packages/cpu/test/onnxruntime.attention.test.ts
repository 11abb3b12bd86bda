import { type Attention, createAttention, type HostTensor, only } from '@attnkit/core'
import { Random } from '@attnkit/core/conformance'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cpu } from '../src/cpu.js'
import { describeNative } from './support/describe-native.js'
import { runOnnx } from './support/onnx-call.js'
import { type OnnxOutputs, Onnxruntime } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import { FORMS, type RandomAttention, randomAttention } from './support/random-attention.js'

const PROBLEMS_PER_FORM = 60
// ONNX Runtime adds the filter value -10000 in float32, whose numbers there are 1e-3 apart.
const MASKED_TOLERANCE = 1e-3

/** Rows whose every key is masked come apart: their tolerance is another. */
function rowFaults(call: RandomAttention, actual: HostTensor, expected: Float32Array) {
  const width = call.sizes.numHeads * call.sizes.headDimV
  const isMasked = (index: number) => call.maskedRows.has(Math.floor(index / width))
  const faults = [...outputFaults('output', actual, expected, (index) => !isMasked(index))]
  const at = expected.findIndex((value, index) => {
    return isMasked(index) && !(Math.abs(Number(actual.data[index]) - value) <= MASKED_TOLERANCE)
  })
  if (at >= 0) faults.push(`masked element ${at}: ${actual.data[at]} instead of ${expected[at]}`)
  return faults
}

/** The rows of a cache that hold keys, one head after the other; a shared buffer has more. */
function validRows({ data, shape, ...others }: HostTensor, total: number): HostTensor {
  const [rows, headDim] = [shape[3]!, shape[4]!]
  const held = (data as Float32Array).filter((_, i) => Math.floor(i / headDim) % rows < total)
  return { ...others, data: held, shape: [...shape.slice(0, 3), total, headDim] }
}

async function faultsOf(attention: Attention, call: RandomAttention, expected: OnnxOutputs) {
  const { own, sizes, outputs } = call
  const inputs = { ...call.inputs, ...own.inputs }
  const attributes = { ...call.attributes, ...own.attributes }
  const isShared = own.attributes.pastPresentShareBuffer !== undefined
  const present = outputs.includes('present') && (isShared ? inputs.past! : true)
  const result = await attention.call(call.operator, inputs, attributes, { outputs: { present } })
  const faults = rowFaults(call, result.output as HostTensor, expected.output!)
  if (expected.present) {
    const rows = validRows(result.present as HostTensor, sizes.total)
    faults.push(...outputFaults('present', rows, expected.present))
  }
  if (result.decision.backend !== 'cpu') faults.push(`ran on ${result.decision.backend}`)
  return faults
}

describeNative('Attention against ONNX Runtime', () => {
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
        const call = randomAttention(random, form)
        const expected = await runOnnx(onnxruntime, call)
        const faults = await faultsOf(attention, call, expected)
        const name = `${number} (${call.features.join(', ')}; ${JSON.stringify(call.sizes)})`
        failed.push(...faults.map((fault) => `${name}: ${fault}`))
      }
      expect(failed).toEqual([])
    })
  }
})
