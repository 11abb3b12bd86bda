import { type Attention, type HostTensor, only } from '@attnkit/core'
import { hostTensor } from '@attnkit/cpu'
import { measureError } from '../accuracy/measure-error.js'
import { poison } from '../accuracy/poison.js'
import { type BenchShape, inputSpecs, operatorOf, outputShape } from '../suites/bench-shape.js'
import { median } from '../timer/statistics.js'
import { type TurnOptions, timeTurn } from '../timer/time-turn.js'
import { boundTensors, type InputTensors } from './bound-tensors.js'
import { isProjected, type ProjectedInputs, projectedTensors } from './projected-tensors.js'
import { formatValues, type RowValues } from './row-values.js'
import type { Subject } from './subject.js'

const CALLS = 15
const WARM_UP_RUNS = 2

type HostInputs = InputTensors<HostTensor> | ProjectedInputs

export interface HostSubject extends Subject {
  readonly output: HostTensor<'float32'>
}

/** The inputs in the row's format, in memory that native code reads without a copy. */
function inputTensors(shape: BenchShape, values: RowValues): HostInputs {
  const arrays = Object.entries(formatValues(shape, values))
  const specs = inputSpecs(shape)
  return Object.fromEntries(
    arrays.map(([name, array]) => {
      const held = hostTensor(specs[name as keyof typeof specs]!.shape, 'float32')
      held.data.set(array)
      return [name, held]
    }),
  ) as unknown as HostInputs
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
  const output = hostTensor(outputShape(shape), 'float32')
  const attributes = { numHeads: shape.numHeads, unidirectional: shape.causal }
  const planned = attention.prepare(operatorOf(shape), inputSpecs(shape), attributes, {
    policy: only(backend),
    location: 'host',
  })
  const run = (): Promise<unknown> => planned.run(inputs, { outputs: { output } })
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
      poison(output.data, 'float32')
      await run()
      const held = isProjected(inputs)
        ? await projectedTensors(inputs, output)
        : boundTensors(inputs, output)
      return measureError(planned.problem, held, options.seed)
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
