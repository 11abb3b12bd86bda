import type { FaultList } from '../errors/fault-list.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { dtypeBytes } from '../tensor/dtype.js'
import { elementCount } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** A tensor of a call: what it is for, and the path that messages use. */
export interface RoleTensor {
  readonly role: TensorRole
  readonly path: string
  readonly tensor: Tensor
}

/** Where the memory of a tensor begins and ends, in `space`. */
interface MemoryRange {
  readonly space: unknown
  readonly begin: bigint
  readonly end: bigint
}

function memoryRange(tensor: Tensor): MemoryRange {
  const bytes = BigInt(elementCount(tensor.shape) * dtypeBytes(tensor.dtype))
  const host = tensor.location === 'host'
  const begin = host ? BigInt(tensor.data.byteOffset) : tensor.pointer
  return { space: host ? tensor.data.buffer : 'cuda', begin, end: begin + bytes }
}

function overlap(a: Tensor, b: Tensor): boolean {
  const one = memoryRange(a)
  const other = memoryRange(b)
  return one.space === other.space && one.begin < other.end && other.begin < one.end
}

function isCache(role: TensorRole): boolean {
  return /^(past|present)(Key|Value)$/.test(role)
}

/** Whether the tensors of two roles may be the very same one: past and present in a shared buffer. */
export function mayShare(
  problem: AttentionProblem,
  output: TensorRole,
  other: TensorRole,
): boolean {
  if (problem.past === null || problem.past.bufferLength === null) return false
  const isKey = output === 'presentKey' && other === 'pastKey'
  const isValue = output === 'presentValue' && other === 'pastValue'
  // A stacked cache is looked at as its keys; past and present are one tensor each.
  return isKey || isValue || (problem.cacheStacked && isCache(output) && isCache(other))
}

/**
 * Notes each output that shares memory with an input or with another output: kernels would read what
 * they have written already.
 */
export function checkOverlap(
  problem: AttentionProblem,
  inputs: readonly RoleTensor[],
  outputs: readonly RoleTensor[],
  list: FaultList,
): void {
  outputs.forEach((output, position) => {
    for (const other of [...inputs, ...outputs.slice(0, position)]) {
      if (output.tensor === other.tensor && mayShare(problem, output.role, other.role)) continue
      if (!overlap(output.tensor, other.tensor)) continue
      list.add(output.path, `memory that ${other.path} shares`, 'memory of its own')
    }
  })
}
