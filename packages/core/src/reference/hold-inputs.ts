import type { BoundProblem } from '../backend/plan.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { tensorSpecs } from '../problem/tensor-specs.js'
import type { HostTensor } from '../tensor/tensor.js'

/** The call with its inputs copied, so that the caller may change or transfer them. */
export function holdInputs(bound: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  const copies = new Map<HostTensor, HostTensor>()
  const held: Partial<Record<TensorRole, HostTensor>> = {}
  for (const [name, { access }] of Object.entries(tensorSpecs(bound.problem))) {
    const role = name as TensorRole
    const tensor = bound[role]
    if (access === 'write' || tensor === undefined) continue
    const copy = copies.get(tensor) ?? { ...tensor, data: tensor.data.slice() }
    copies.set(tensor, copy)
    held[role] = copy
  }
  return { ...bound, ...held }
}
