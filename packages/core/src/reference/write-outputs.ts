import type { BoundProblem } from '../backend/plan.js'
import { bufferNotStable } from '../errors/buffer-not-stable.js'
import { fromFloat64 } from '../numeric/float64.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { headVectors } from '../problem/head-vectors.js'
import { presentHeads } from '../problem/present-heads.js'
import { bufferState } from '../tensor/buffer-state.js'
import type { FloatDtype } from '../tensor/dtype.js'
import { elementCount } from '../tensor/shape.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Float64Outputs } from './float64-outputs.js'
import { Pacer } from './pacer.js'
import { sequences } from './sequences.js'

const BLOCK = 4096

/** Rounds results of the whole problem into the tensors that the problem writes, in short slices. */
export async function writeOutputs(
  bound: BoundProblem<HostTensor>,
  results: Float64Outputs,
): Promise<void> {
  const pacer = new Pacer()
  for (const piece of pieces(bound, results)) {
    store(piece)
    if (pacer.due) await pacer.rest()
  }
}

/** Results that lie one after the other where they go. */
interface Piece {
  readonly role: TensorRole
  readonly tensor: HostTensor | undefined
  readonly at: number
  readonly values: Float64Array
  readonly dtype: FloatDtype
}

function* pieces(
  bound: BoundProblem<HostTensor>,
  { output, qk, softmaxLse, presentKey, presentValue }: Float64Outputs,
): Generator<Piece, void, undefined> {
  const { dtype, numHeads, headDimV } = bound.problem
  for (const { at, from } of headVectors(
    bound.problem,
    'output',
    output.length / (numHeads * headDimV),
  )) {
    const values = output.subarray(at, at + headDimV)
    yield { role: 'output', tensor: bound.output, at: from, values, dtype }
  }
  if (qk) yield* blocks({ role: 'qk', tensor: bound.qk, at: 0, values: qk, dtype })
  if (softmaxLse) {
    const [role, values] = ['softmaxLse', softmaxLse] as const
    yield* blocks({ role, tensor: bound.softmaxLse, at: 0, values, dtype: 'float32' })
  }
  if (presentKey) yield* presentPieces(bound, 'presentKey', presentKey)
  if (presentValue) yield* presentPieces(bound, 'presentValue', presentValue)
}

/** Rows behind the keys of a batch entry are left as they are. */
function* presentPieces(
  bound: BoundProblem<HostTensor>,
  role: 'presentKey' | 'presentValue',
  values: Float64Array,
): Generator<Piece, void, undefined> {
  const { dtype, seqlenK } = bound.problem
  const keys = sequences(bound).map((sequence) => sequence.keys)
  for (const { batch, head, dim, at } of presentHeads(bound.problem, role)) {
    const start = head * seqlenK * dim
    const rows = values.subarray(start, start + keys[batch]! * dim)
    yield* blocks({ role, tensor: bound[role], at, values: rows, dtype })
  }
}

function* blocks({ values, at, ...piece }: Piece): Generator<Piece, void, undefined> {
  for (let begin = 0; begin < values.length; begin += BLOCK) {
    yield { ...piece, at: at + begin, values: values.subarray(begin, begin + BLOCK) }
  }
}

function store({ role, tensor, at, values, dtype }: Piece): void {
  if (tensor === undefined) return
  const { data, shape } = tensor
  // The buffer may have been transferred while the work went on.
  const state = bufferState(data, elementCount(shape))
  if (state !== null) throw bufferNotStable('reference', role, state)
  ;(data as Float32Array).set(fromFloat64(values, dtype) as Float32Array, at)
}
