import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { LoweredCall, OperatorDefinition } from '../operators/operator.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkOverlap, type RoleTensor } from './check-overlap.js'
import { checkOutputs } from './read-outputs.js'

type NamedTensors = Readonly<Record<string, Tensor>>

/** The inputs with the roles they play; those of a projection, and those that others are made of, play none. */
function inputRoles(lowered: LoweredCall, tensors: NamedTensors): readonly RoleTensor[] {
  const roles = Object.entries(lowered.roles) as [TensorRole, string][]
  return Object.entries(tensors).flatMap(([path, tensor]) => {
    const played = roles.flatMap(([role, input]) => (input === path ? [role] : []))
    return (played.length > 0 ? played : [undefined]).map((role) => ({ role, path, tensor }))
  })
}

function outputRoles(lowered: LoweredCall, given: NamedTensors): readonly RoleTensor[] {
  return lowered.outputs.flatMap(({ roles: [role], name }) => {
    const tensor = given[name]
    if (tensor === undefined) return []
    return [{ role, path: `outputs.${name}`, tensor }]
  })
}

/**
 * The checks of a call whose shapes are right: values of index tensors, `values` where they could be
 * read, and the tensors given for outputs. Throws `invalid-argument` with all faults.
 */
export function checkCall(
  definition: OperatorDefinition,
  lowered: LoweredCall,
  tensors: NamedTensors,
  given: NamedTensors,
  values: NamedTensors = tensors,
): void {
  const list = new FaultList()
  checkOutputs(lowered.outputs, given, list)
  checkOverlap(lowered.problem, inputRoles(lowered, tensors), outputRoles(lowered, given), list)
  const faults = [
    ...list.faults,
    ...definition.checkValues(values, lowered),
    ...(definition.checkOutputs?.(tensors, given) ?? []),
  ]
  if (faults.length > 0) throw invalidArgument(definition.name, faults)
}
