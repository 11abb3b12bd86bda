import {
  type Attention,
  emptyTensor,
  type HostTensor,
  only,
  tensor,
  toBfloat16,
  toFloat16,
} from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { type AccuracyProblem, accuracyLabel } from '../accuracy/accuracy-problems.js'
import { accuracyValues } from '../accuracy/accuracy-values.js'
import { errorMeter } from '../accuracy/error-meter.js'
import type { RowError } from '../accuracy/row-error.js'
import { messageOf } from '../message-of.js'
import { type TorchOutputs, torchOutputs } from '../peers/torch-outputs.js'
import type { TorchPeers } from '../peers/torch-peers.js'
import type { AccuracyRow, PeerError } from '../report/accuracy-result.js'
import { boundTensors } from '../subjects/bound-tensors.js'
import { poisonedRun } from '../subjects/poisoned-run.js'
import {
  inputSpecs,
  operatorAttributes,
  operatorOf,
  outputShape,
  shapeProblem,
} from '../suites/bench-shape.js'
import { rowSizes } from './row-sizes.js'
import type { MeasuredRow } from './runner.js'

const BACKEND = 'cuda-flash'
// All heads of a problem, and twice the rows of a timed one: its error is what is asked for.
const SAMPLING = { pairs: 4, rowsPerPair: 128 } as const

/** Our kernels in one of their modes. */
export interface AccuracyMode {
  readonly exactSoftmax: boolean
  readonly attention: Attention
}

export interface AccuracyContext {
  readonly modes: readonly AccuracyMode[]
  readonly device: CudaDevice
  /** Until their process has ended. */
  peers: TorchPeers | undefined
  readonly seed: number
}

/** Q, K and V, (B, S, N·H). */
interface Inputs {
  readonly query: HostTensor
  readonly key: HostTensor
  readonly value: HostTensor
}

/** Measures the error of each mode and of each peer on the same values. */
export async function measureAccuracy(
  context: AccuracyContext,
  item: AccuracyProblem,
): Promise<MeasuredRow<AccuracyRow>> {
  const { shape } = item
  const { device, modes, seed } = context
  const notes: string[] = []
  const inputs = inputsOf(item, seed)
  const problem = shapeProblem(shape)
  const unused = emptyTensor(outputShape(shape), shape.dtype)
  const errorOf = await errorMeter(problem, boundTensors(inputs, unused), seed, SAMPLING)
  const outputs = await peerOutputs(context, item, inputs, notes)
  const theirs = outputs.map(([name, data]) => [name, errorOf(data)] as const)
  const rows: AccuracyRow[] = []
  for (const mode of modes) {
    const { actual, variant } = await attend(mode, device, item, inputs)
    rows.push(accuracyRow(item, mode, variant, errorOf(actual.data), theirs))
  }
  return { rows, notes }
}

function inputsOf(item: AccuracyProblem, seed: number): Inputs {
  const { shape } = item
  const { query, key, value } = accuracyValues(item, seed)
  const round = shape.dtype === 'bfloat16' ? toBfloat16 : toFloat16
  const held = (values: Float32Array) => tensor(round(values), outputShape(shape), shape.dtype)
  return { query: held(query), key: held(key), value: held(value) }
}

async function attend(
  { attention }: AccuracyMode,
  device: CudaDevice,
  { shape }: AccuracyProblem,
  inputs: Inputs,
): Promise<{ actual: HostTensor; variant: string }> {
  const planned = attention.prepare(
    operatorOf(shape),
    inputSpecs(shape),
    operatorAttributes(shape),
    { policy: only(BACKEND), location: 'cuda' },
  )
  using query = device.upload(inputs.query)
  using key = device.upload(inputs.key)
  using value = device.upload(inputs.value)
  const actual = await poisonedRun(planned, device, shape, { query, key, value })
  return { actual, variant: planned.decision.variant }
}

/** What the peers compute; what cannot be had is noted. */
async function peerOutputs(
  context: AccuracyContext,
  item: AccuracyProblem,
  inputs: Inputs,
  notes: string[],
): Promise<TorchOutputs['outputs']> {
  if (!context.peers) return []
  try {
    const { outputs, refusals } = await torchOutputs(context.peers, item.shape, inputs)
    for (const { name, reason } of refusals) {
      notes.push(`${accuracyLabel(item)}: no ${name}: ${reason}`)
    }
    return outputs
  } catch (error) {
    notes.push(`from here on no PyTorch peers: ${messageOf(error)}`)
    context.peers.close()
    context.peers = undefined
    return []
  }
}

function peerError(ours: RowError, theirs: RowError): PeerError {
  const { relError, maxAbsError } = theirs
  return { rel_error: relError, max_abs_error: maxAbsError, ratio: ours.relError / relError }
}

function accuracyRow(
  { shape, inputs }: AccuracyProblem,
  { exactSoftmax }: AccuracyMode,
  variant: string,
  ours: RowError,
  theirs: readonly (readonly [name: string, error: RowError])[],
): AccuracyRow {
  const problem = shapeProblem(shape)
  return {
    inputs,
    exact_softmax: exactSoftmax,
    format: problem.format,
    layout: problem.layout,
    backend: BACKEND,
    variant,
    ...rowSizes(problem),
    causal: problem.causal,
    dtype: problem.dtype,
    rel_error: ours.relError,
    max_abs_error: ours.maxAbsError,
    error_rows: ours.rows,
    peers: Object.fromEntries(theirs.map(([name, error]) => [name, peerError(ours, error)])),
  }
}
