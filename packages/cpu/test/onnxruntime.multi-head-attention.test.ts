import type { Attention, HostTensor } from '@attnkit/core'
import { describeOnnxruntime } from './support/describe-onnxruntime.js'
import { maskedRowFaults } from './support/masked-row-faults.js'
import type { OnnxOutputs } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import {
  FORMS,
  type RandomCall,
  randomMultiHeadAttention,
} from './support/random-multi-head-attention.js'
import { validRows } from './support/valid-rows.js'

/** The optional outputs; in a shared buffer, present is written over the past. */
function requested({ outputs, own }: RandomCall): Record<string, HostTensor | boolean> {
  const past = { presentKey: own.pastKey, presentValue: own.pastValue }
  return Object.fromEntries(
    outputs.slice(1).map((name) => [name, past[name as keyof typeof past] ?? true]),
  )
}

/**
 * ONNX Runtime's CPU leaves the last row without the causal mask. That is right for self-attention, where
 * it sees every key anyway, and wrong where there are more new keys than queries: such a row is left out.
 */
function isLeftOut({ attributes, sizes }: RandomCall): (row: number) => boolean {
  const sees = attributes.unidirectional !== undefined && sizes.newKeys > sizes.seqlenQ
  return (row) => sees && row % sizes.seqlenQ === sizes.seqlenQ - 1
}

/** Scores near the filter value -10000 are 1e-3 apart in float32, and are held to their own size. */
function qkFaults(call: RandomCall, actual: HostTensor, expected: Float32Array): string[] {
  const { total } = call.sizes
  const leftOut = isLeftOut(call)
  const at = expected.findIndex((want, i) => {
    const got = Number(actual.data[i])
    if (leftOut(Math.floor(i / total))) return false
    if (want === Number.NEGATIVE_INFINITY) return got !== want
    return !(Math.abs(got - want) <= 2e-5 + 2e-6 * Math.abs(want))
  })
  return at < 0 ? [] : [`qk: ${actual.data[at]} instead of ${expected[at]}`]
}

async function faultsOf(attention: Attention, call: RandomCall, expected: OnnxOutputs) {
  const { operator, inputs, own, attributes, sizes, maskedRows: masked } = call
  const options = { outputs: requested(call) }
  const result = await attention.call(operator, { ...inputs, ...own }, attributes, options)
  const width = sizes.numHeads * sizes.headDimV
  const rows = { width, masked, isLeftOut: isLeftOut(call) }
  const faults = [...maskedRowFaults(result.output as HostTensor, expected.output!, rows)]
  for (const name of ['presentKey', 'presentValue']) {
    if (expected[name] === undefined) continue
    const present = validRows(result[name] as HostTensor, sizes.total)
    faults.push(...outputFaults(name, present, expected[name]))
  }
  if (expected.qk) faults.push(...qkFaults(call, result.qk as HostTensor, expected.qk))
  if (result.decision.backend !== 'cpu') faults.push(`ran on ${result.decision.backend}`)
  return faults
}

describeOnnxruntime({
  operator: 'MultiHeadAttention',
  forms: FORMS,
  problemsPerForm: 60,
  draw: randomMultiHeadAttention,
  faultsOf,
})
