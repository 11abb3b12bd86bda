import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { AttentionTensors, TensorRole } from '../problem/attention-tensors.js'
import { indexFaults } from '../problem/index-faults.js'
import { problemFaults } from '../problem/problem-faults.js'
import { tensorFaults } from '../problem/tensor-faults.js'
import { tensorSpecs } from '../problem/tensor-specs.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkOverlap, type RoleTensor } from './check-overlap.js'
import { checkStream } from './check-stream.js'
import { checkTensor } from './check-tensor.js'
import { type Place, placeOf } from './place.js'
import { checkNames, readFields } from './read-inputs.js'

/** The tensors of a problem, by role, and where they all are. */
export interface ProblemCall {
  readonly tensors: AttentionTensors
  readonly place: Place
}

function plainCopy(problem: AttentionProblem): AttentionProblem {
  try {
    return structuredClone(problem)
  } catch {
    const found = 'something that cannot be copied'
    throw invalidArgument('problem', [{ path: 'problem', found, required: 'plain data' }])
  }
}

/** A copy of a problem that a caller cannot change any more. Throws with everything wrong with it. */
export function readProblem(given: AttentionProblem): AttentionProblem {
  const problem = plainCopy(given)
  const faults = problemFaults(problem)
  if (faults.length > 0) throw invalidArgument('problem', faults)
  return problem
}

/** Holds tensors against a problem that was read. Throws with everything wrong with them. */
export function readProblemTensors(
  problem: AttentionProblem,
  given: unknown,
  stream?: unknown,
): ProblemCall {
  const { operator } = problem
  const list = new FaultList()
  const fields = readFields('tensors', given, list)
  const roles = Object.keys(tensorSpecs(problem)) as TensorRole[]
  checkNames(
    '',
    roles.map((name) => ({ name })),
    fields,
    'role in this problem',
    list,
  )
  const tensors: Partial<Record<TensorRole, Tensor>> = {}
  for (const role of roles) {
    const value = fields[role]
    if (value !== undefined && checkTensor(operator, role, value, list)) tensors[role] = value
  }
  const place = placeOf(Object.entries(tensors), list)
  checkStream(stream, place, list)
  if (!list.empty) throw invalidArgument(operator, list.faults)
  // Whether roles are missing is for the next check to say.
  const whole = tensors as AttentionTensors
  const faults = [...tensorFaults(problem, whole), ...indexFaults(problem, whole)]
  const overlaps = overlapFaults(problem, tensors)
  if (faults.length + overlaps.length > 0) throw invalidArgument(operator, [...faults, ...overlaps])
  return { tensors: whole, place }
}

function overlapFaults(
  problem: AttentionProblem,
  tensors: Partial<Record<TensorRole, Tensor>>,
): FaultList['faults'] {
  const list = new FaultList()
  const specs = tensorSpecs(problem)
  const all = Object.entries(tensors) as [TensorRole, Tensor][]
  const named: readonly RoleTensor[] = all.map(([role, tensor]) => ({ role, path: role, tensor }))
  const isWritten = ({ role }: RoleTensor) => role && specs[role]?.access === 'write'
  const inputs = named.filter((one) => !isWritten(one))
  checkOverlap(problem, inputs, named.filter(isWritten), list)
  return list.faults
}
