import type { Attention, HostTensor } from '@attnkit/core'
import { describeOnnxruntime } from './support/describe-onnxruntime.js'
import type { OnnxOutputs } from './support/onnxruntime.js'
import { outputFaults } from './support/output-faults.js'
import {
  FORMS,
  type GroupQueryCall,
  randomGroupQueryAttention,
} from './support/random-group-query-attention.js'

function requested({ outputs, inputs, inPlace }: GroupQueryCall) {
  const present = { presentKey: inputs.pastKey, presentValue: inputs.pastValue }
  return Object.fromEntries(
    outputs.slice(1).map((name) => {
      const past = inPlace ? present[name as keyof typeof present] : undefined
      return [name, past ?? true]
    }),
  )
}

/**
 * Whether a query is compared. A prompt's padding sees the keys of its sequence, but of a window ONNX Runtime's CPU counts
 * back from the last of them, and the specification from the query, where there are none.
 */
function isQuery({ sizes, attributes }: GroupQueryCall, batch: number, query: number): boolean {
  const { seqlenQ, lengths } = sizes
  const past = Math.max(0, lengths[batch]! - seqlenQ)
  return attributes.localWindowSize === undefined || past + query < lengths[batch]!
}

/** Whether an element of the output belongs to a query that is compared. */
function isOutput(call: GroupQueryCall): (index: number) => boolean {
  const { seqlenQ, numHeads, headDim } = call.sizes
  return (index) => {
    const row = Math.floor(index / (numHeads * headDim))
    return isQuery(call, Math.floor(row / seqlenQ), row % seqlenQ)
  }
}

/** Whether a row of present holds a key: of the past, new, or of a prompt's padding. */
function isHeld({ sizes }: GroupQueryCall, expected: Float32Array): (index: number) => boolean {
  const { batch, numHeadsKv, headDim, newKeys, lengths } = sizes
  const rows = expected.length / (batch * numHeadsKv * headDim)
  return (index) => {
    const row = Math.floor(index / headDim)
    const length = lengths[Math.floor(row / (rows * numHeadsKv))]!
    return row % rows < Math.max(length, newKeys)
  }
}

/** Whether a cell of the scores is of a key that its sequence has: ONNX Runtime leaves the others as they were. */
function isScore(call: GroupQueryCall): (index: number) => boolean {
  const { numHeads, seqlenQ, total, lengths } = call.sizes
  return (index) => {
    const row = Math.floor(index / total)
    const batch = Math.floor(row / (seqlenQ * numHeads))
    return isQuery(call, batch, row % seqlenQ) && index % total < lengths[batch]!
  }
}

async function faultsOf(attention: Attention, call: GroupQueryCall, expected: OnnxOutputs) {
  const { operator, inputs, attributes } = call
  const result = await attention.call(operator, inputs, attributes, { outputs: requested(call) })
  const tensorOf = (name: string) => result[name] as HostTensor
  const faults = [...outputFaults('output', tensorOf('output'), expected.output!, isOutput(call))]
  for (const name of ['presentKey', 'presentValue']) {
    const wanted = expected[name]
    if (wanted) faults.push(...outputFaults(name, tensorOf(name), wanted, isHeld(call, wanted)))
  }
  if (expected.outputQk) {
    const wanted = expected.outputQk
    faults.push(...outputFaults('outputQk', tensorOf('outputQk'), wanted, isScore(call)))
  }
  if (result.decision.backend !== 'cpu') faults.push(`ran on ${result.decision.backend}`)
  return faults
}

describeOnnxruntime({
  operator: 'GroupQueryAttention',
  forms: FORMS,
  problemsPerForm: 80,
  draw: randomGroupQueryAttention,
  faultsOf,
})
