import type { Fault } from '../errors/attention-error.js'
import { FaultList } from '../errors/fault-list.js'
import { elementCount } from '../tensor/shape.js'
import { type HostTensor, isTensor, type Tensor } from '../tensor/tensor.js'
import type { AttentionProblem } from './attention-problem.js'
import type { AttentionTensors, TensorRole } from './attention-tensors.js'
import { type RoleSpec, type Tokens, tensorSpecs } from './tensor-specs.js'

/**
 * What is wrong with the tensors given for a problem that has no {@link problemFaults}: missing ones,
 * dtypes, any that is too small for what the problem reads or writes in it, and two tensors where a stacked
 * cache is one. When varlen, lengths on the host tell how much that is; on a device the kernels keep inside
 * the tensors.
 */
export function tensorFaults(
  problem: AttentionProblem,
  tensors: AttentionTensors,
): readonly Fault[] {
  const list = new FaultList()
  const specs = tensorSpecs(problem, problem.varlen ? tokensOf(tensors) : undefined)
  for (const [role, spec] of Object.entries(specs)) roleFaults(role, spec, tensors, list)
  if (problem.cacheStacked) {
    stackFaults('pastValue', tensors.pastKey, tensors.pastValue, list)
    stackFaults('presentValue', tensors.presentKey, tensors.presentValue, list)
  }
  return list.faults
}

function stackFaults(path: string, keys: unknown, values: unknown, list: FaultList): void {
  if (!isTensor(keys) || !isTensor(values) || isSameMemory(keys, values)) return
  const name = path.replace('Value', 'Key')
  list.add(path, 'another tensor', `the tensor of ${name}, in a stacked cache`)
}

function isSameMemory(a: Tensor, b: Tensor): boolean {
  if (a === b) return true
  if (a.location === 'host') {
    if (b.location !== 'host') return false
    const [one, other] = [a.data, b.data]
    return one.buffer === other.buffer && one.byteOffset === other.byteOffset
  }
  return b.location !== 'host' && a.pointer === b.pointer
}

function roleFaults(role: string, spec: RoleSpec, tensors: AttentionTensors, list: FaultList) {
  const tensor: unknown = tensors[role as TensorRole]
  if (!list.require(isTensor(tensor), role, tensor, `a tensor of ${spec.dtype}`)) return
  if (!isTensor(tensor)) return
  list.require(tensor.dtype === spec.dtype, `${role}.dtype`, tensor.dtype, spec.dtype)
  const elements = elementCount(tensor.shape)
  const required = `${spec.minElements} elements at least`
  list.require(elements >= spec.minElements, `${role}.shape`, elements, required)
}

/** Tokens as the host's cumulative lengths count them; one sequence where they are not readable. */
function tokensOf({ cuSeqlensQ, cuSeqlensK }: AttentionTensors): Tokens {
  const q = lastOf(cuSeqlensQ)
  const k = lastOf(cuSeqlensK)
  return { q, k }
}

function lastOf(starts: unknown): number {
  if (!isTensor(starts) || starts.location !== 'host' || starts.dtype !== 'int32') return 0
  return Math.max(0, (starts as HostTensor<'int32'>).data.at(-1) ?? 0)
}
