import type { BoundProblem } from '../../backend/plan.js'
import type { TensorRole } from '../../problem/attention-tensors.js'
import { defineProblem, type ProblemOptions } from '../../problem/define-problem.js'
import { emptyTensor, tensor } from '../../tensor/host-tensor.js'
import type { HostTensor } from '../../tensor/tensor.js'
import type { ConformanceCase } from '../conformance-case.js'
import { randomTensors } from '../random-tensors.js'
import { fillElements } from '../write-elements.js'

/** Changes random tensors so that they show what the case is about. */
export type Edit = (bound: BoundProblem<HostTensor>) => BoundProblem<HostTensor>

const SIZES = { batch: 2, seqlenQ: 9, numHeads: 2, headDim: 64 }

/** A case over a small problem: two sequences of nine queries, two heads of 64, but for `options`. */
export function defineCase(
  name: string,
  meaning: string,
  options: Partial<ProblemOptions>,
  edit: Edit = (bound) => bound,
): ConformanceCase {
  return {
    name,
    meaning,
    problem: (dtype) => defineProblem({ ...SIZES, dtype, ...options }),
    tensors: (problem, random) => edit(randomTensors(problem, random)),
  }
}

/** A case whose index tensors are given, where the random numbers of others depend on them. */
export function withIndices(
  indices: Readonly<Partial<Record<TensorRole, readonly number[]>>>,
  made: ConformanceCase,
  edit: Edit = (bound) => bound,
): ConformanceCase {
  const given = Object.entries(indices).map(([role, values]) => [
    role,
    tensor(Int32Array.from(values), [values.length]),
  ])
  return {
    ...made,
    tensors: (problem, random) => edit(randomTensors(problem, random, Object.fromEntries(given))),
  }
}

/** Sets the whole contents of the tensor in `role`; shorter lists are repeated. */
export function setting(role: TensorRole, values: readonly number[]): Edit {
  return (bound) => {
    const tensor = emptyTensor(bound[role]!.shape, bound[role]!.dtype)
    fillElements(tensor, (at) => values[at % values.length]!)
    return { ...bound, [role]: tensor }
  }
}
