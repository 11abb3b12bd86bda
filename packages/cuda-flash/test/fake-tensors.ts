import {
  type AttentionProblem,
  arrayType,
  type BoundProblem,
  type DeviceTensor,
  type Dtype,
  defineProblem,
  type ProblemOptions,
  tensorBrand,
} from '@attnkit/core'

/** A problem in float16, of sizes that tests need not name. */
export function halfProblem(options: Partial<ProblemOptions> = {}): AttentionProblem {
  const sizes = { batch: 2, seqlenQ: 100, numHeads: 4, headDim: 64 }
  return defineProblem({ dtype: 'float16', ...sizes, ...options })
}

/** A tensor at an address, on no device. */
export function tensorAt<D extends Dtype>(
  pointer: bigint,
  shape: readonly number[],
  dtype: D,
): DeviceTensor<D> {
  arrayType(dtype)
  return { [tensorBrand]: true, location: 'cuda', pointer, shape, dtype } as DeviceTensor<D>
}

/** A problem with tensors at the addresses 0x1000, 0x2000, 0x3000 and 0x4000. */
export function bind(
  problem: AttentionProblem,
  tensors: Partial<BoundProblem<DeviceTensor>> = {},
): BoundProblem<DeviceTensor> {
  const shape = [problem.batch, problem.seqlenQ, problem.numHeads, problem.headDim]
  const at = (pointer: bigint) => tensorAt(pointer, shape, problem.dtype)
  const heads = { q: at(0x1000n), k: at(0x2000n), v: at(0x3000n), output: at(0x4000n) }
  return { problem, ...heads, ...tensors }
}
