import {
  type Attention,
  type FloatDtype,
  type HostTensor,
  only,
  toBfloat16,
  toFloat16,
} from '@attnkit/core'
import { hostTensor } from '@attnkit/cpu'
import { measureError } from '../accuracy/measure-error.js'
import { poison } from '../accuracy/poison.js'
import {
  type BenchShape,
  inputSpecs,
  operatorAttributes,
  operatorOf,
  outputShape,
  shapeProblem,
} from '../suites/bench-shape.js'
import { median } from '../timer/statistics.js'
import { type TurnOptions, timeTurn } from '../timer/time-turn.js'
import { boundTensors, type InputTensors } from './bound-tensors.js'
import { isProjected, type ProjectedInputs, projectedTensors } from './projected-tensors.js'
import { formatValues, type RowValues } from './row-values.js'
import type { Subject } from './subject.js'

const CALLS = 15
const WARM_UP_RUNS = 2

type HostInputs = InputTensors<HostTensor> | ProjectedInputs | CacheInputs

type CacheInputs = InputTensors<HostTensor> & {
  readonly pastKey: HostTensor
  readonly pastValue: HostTensor
  readonly seqlensK: HostTensor
  readonly totalSequenceLength: number
}

export interface HostSubject extends Subject {
  readonly output: HostTensor
}

/** The inputs in the row's format, in memory that native code reads without a copy. */
function inputTensors(shape: BenchShape, values: RowValues): HostInputs {
  const arrays = Object.entries(formatValues(shape, values))
  const specs = inputSpecs(shape)
  const held = arrays.map(([name, array]) => {
    return [name, heldTensor(specs[name as keyof typeof specs]!.shape, shape.dtype, array)]
  })
  return { ...Object.fromEntries(held), ...lengths(shape) } as HostInputs
}

function heldTensor(shape: readonly number[], dtype: FloatDtype, values: Float32Array): HostTensor {
  const held = hostTensor(shape, dtype)
  const rounded =
    dtype === 'float16' ? toFloat16(values) : dtype === 'bfloat16' ? toBfloat16(values) : values
  ;(held.data as Float32Array | Uint16Array).set(rounded)
  return held
}

/** What tells GroupQueryAttention that the cache is full with the new tokens. */
function lengths({ batch, cache }: BenchShape) {
  if (!cache) return {}
  const seqlensK = hostTensor([batch], 'int32')
  seqlensK.data.fill(cache.seqlenK - 1)
  return { seqlensK, totalSequenceLength: cache.seqlenK }
}

function isCached(inputs: HostInputs): inputs is CacheInputs {
  return 'pastKey' in inputs
}

/** The tensors of the attention that is computed: the keys of a step are those of its cache. */
async function attentionTensors(inputs: HostInputs, output: HostTensor) {
  if (isProjected(inputs)) return projectedTensors(inputs, output)
  if (!isCached(inputs)) return boundTensors(inputs, output)
  return { q: inputs.query, k: inputs.pastKey, v: inputs.pastValue, output }
}

/** Plans a row on a backend of the host; every timed run is the whole planned call. */
export async function hostSubject(
  attention: Attention,
  backend: string,
  shape: BenchShape,
  values: RowValues,
  options: { readonly turn: TurnOptions; readonly seed: number },
): Promise<HostSubject> {
  const inputs = inputTensors(shape, values)
  const output = hostTensor(outputShape(shape), shape.dtype)
  const present = isCached(inputs)
    ? { presentKey: inputs.pastKey, presentValue: inputs.pastValue }
    : {}
  const outputs = { output, ...present }
  const planned = attention.prepare(
    operatorOf(shape),
    inputSpecs(shape),
    operatorAttributes(shape),
    {
      policy: only(backend),
      location: 'host',
      outputs,
      ...(shape.cache && { scalars: { totalSequenceLength: shape.cache.seqlenK } }),
    },
  )
  const run = (): Promise<unknown> => planned.run(inputs, { outputs })
  for (let i = 0; i < WARM_UP_RUNS; i++) await run()
  return {
    name: backend,
    shape,
    output,
    decision: planned.decision,
    problem: planned.problem,
    measureBlock: () => timeTurn(run, options.turn),
    measureCall: () => medianCall(run),
    measureError: async () => {
      poison(output.data, shape.dtype)
      await run()
      const problem = shape.cache ? shapeProblem(shape) : planned.problem
      return measureError(problem, await attentionTensors(inputs, output), options.seed)
    },
    dispose: () => undefined,
  }
}

/** Microseconds until a call returns its promise, the run itself not counted. */
async function medianCall(run: () => Promise<unknown>): Promise<number> {
  const calls: number[] = []
  for (let i = 0; i < CALLS; i++) {
    const before = performance.now()
    const done = run()
    calls.push((performance.now() - before) * 1000)
    await done
  }
  return median(calls)
}
