import type { BoundProblem } from '../backend/plan.js'
import { bufferNotStable } from '../errors/buffer-not-stable.js'
import { fromFloat64 } from '../numeric/float64.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { forEachHeadVector } from '../problem/head-vectors.js'
import { bufferState } from '../tensor/buffer-state.js'
import { elementCount } from '../tensor/shape.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Float64Outputs } from './float64-outputs.js'

/** Rounds results of the whole problem into the tensors that the problem writes. */
export function writeOutputs(bound: BoundProblem<HostTensor>, results: Float64Outputs): void {
  const { dtype, numHeads, headDimV, present, qkOutput } = bound.problem
  const tokens = results.output.length / (numHeads * headDimV)
  const output = fromFloat64(results.output, dtype)
  forEachHeadVector(bound.problem, 'output', tokens, (at, from) => {
    store('output', bound.output, from, output.subarray(at, at + headDimV))
  })
  if (qkOutput !== 'none') store('qk', bound.qk, 0, fromFloat64(results.qk!, dtype))
  if (bound.problem.softmaxLse) {
    store('softmaxLse', bound.softmaxLse, 0, fromFloat64(results.softmaxLse!, 'float32'))
  }
  if (!present) return
  writePresent(bound, 'presentKey', bound.presentKey, results.presentKey!)
  writePresent(bound, 'presentValue', bound.presentValue, results.presentValue!)
}

/** Rows after the keys, in a buffer, are left as they are. */
function writePresent(
  { problem }: BoundProblem<HostTensor>,
  role: 'presentKey' | 'presentValue',
  target: HostTensor | undefined,
  values: Float64Array,
): void {
  const { batch, dtype, numHeadsKv, seqlenK, past } = problem
  const dim = role === 'presentKey' ? problem.headDim : problem.headDimV
  const rounded = fromFloat64(values, dtype)
  const size = seqlenK * dim
  const stride = (past?.bufferLength ?? seqlenK) * dim
  for (let head = 0; head < batch * numHeadsKv; head++) {
    store(role, target, head * stride, rounded.subarray(head * size, (head + 1) * size))
  }
}

function store(
  role: TensorRole,
  tensor: HostTensor | undefined,
  at: number,
  values: ReturnType<typeof fromFloat64>,
): void {
  if (tensor === undefined) return
  const { data, shape } = tensor
  // The buffer may have been transferred while the work went on.
  const state = bufferState(data, elementCount(shape))
  if (state !== null) throw bufferNotStable('reference', role, state)
  ;(data as typeof values).set(values, at)
}
