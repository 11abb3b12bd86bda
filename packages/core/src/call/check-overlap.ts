import type { FaultList } from '../errors/fault-list.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { pastRows, presentRows } from '../problem/head-axes.js'
import { dtypeBytes } from '../tensor/dtype.js'
import { elementCount } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'

/** A tensor of a call: what it is for in the problem, if anything, and the path that messages use. */
export interface RoleTensor {
  readonly role: TensorRole | undefined
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

function isPast(role: TensorRole): boolean {
  return role === 'pastKey' || role === 'pastValue'
}

function isPresent(role: TensorRole): boolean {
  return role === 'presentKey' || role === 'presentValue'
}

/**
 * Whether the tensors of two roles may be the very same one: past and present in a shared buffer, keys and
 * values in a stacked cache.
 */
export function mayShare(
  problem: AttentionProblem,
  output: TensorRole,
  other: TensorRole,
): boolean {
  const { past, cacheStacked } = problem
  if (!isPresent(output)) return false
  if (isPresent(other)) return cacheStacked
  if (!isPast(other) || past === null || past.bufferLength === null) return false
  // Rows of both have to lie at the same places.
  if (pastRows(problem) !== presentRows(problem)) return false
  return cacheStacked || (output === 'presentKey') === (other === 'pastKey')
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
      const isSame = output.tensor === other.tensor && output.role !== undefined
      if (isSame && other.role !== undefined && mayShare(problem, output.role, other.role)) continue
      if (!overlap(output.tensor, other.tensor)) continue
      list.add(output.path, `memory that ${other.path} shares`, 'memory of its own')
    }
  })
}
