import type { BoundProblem } from '../backend/plan.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { AttentionTensors, TensorRole } from '../problem/attention-tensors.js'
import { type HEAD_ROLES, pastRows } from '../problem/head-axes.js'
import { headVectors } from '../problem/head-vectors.js'
import { packedRoles, type RoleSpec, type Tokens, tensorSpecs } from '../problem/tensor-specs.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Random } from './random.js'
import { randomIndices } from './random-indices.js'
import { randomValues } from './random-values.js'
import { writeElements } from './write-elements.js'

type Tensors = Partial<Record<TensorRole, HostTensor>>

/**
 * Tensors for a problem: Gaussian numbers, index tensors of every legal kind, NaN in all that must not
 * be read (gaps between strides, unused rows of a buffer) and in the outputs. Packed roles and stacked
 * caches share one tensor. `given`: index tensors to take instead of random ones.
 */
export function randomTensors(
  problem: AttentionProblem,
  random: Random,
  given: Partial<AttentionTensors<HostTensor>> = {},
): BoundProblem<HostTensor> {
  const indices = { ...randomIndices(problem, random), ...given }
  const tokens = tokensOf(problem, indices)
  const specs = tensorSpecs(problem, tokens)
  const tensors: Tensors = { ...indices }
  for (const [name, spec] of Object.entries(specs)) {
    const role = name as TensorRole
    tensors[role] ??=
      spec.access === 'write' ? poisoned(spec) : randomValues(problem, role, spec, random)
  }
  fillHeads(problem, tensors, tokens, random)
  if (problem.cacheStacked) stackCaches(tensors)
  hideUnusedRows(problem, tensors)
  return { problem, ...(tensors as unknown as AttentionTensors<HostTensor>) }
}

/** The tokens of all sequences. */
export function tokensOf(
  { batch, seqlenQ, seqlenK }: AttentionProblem,
  { cuSeqlensQ, cuSeqlensK }: Tensors,
): Tokens {
  return {
    q: Number(cuSeqlensQ?.data[batch] ?? batch * seqlenQ),
    k: Number(cuSeqlensK?.data[batch] ?? batch * seqlenK),
  }
}

function poisoned({ dtype, shape }: RoleSpec): HostTensor {
  const tensor = emptyTensor(shape, dtype)
  poison(tensor)
  return tensor
}

/** Fills elements [begin, end) of a tensor of floats with NaN. */
export function poison(tensor: HostTensor, begin = 0, end = tensor.data.length): void {
  const one = emptyTensor([1], tensor.dtype)
  writeElements(one, [Number.NaN])
  tensor.data.fill(one.data[0] as never, begin, end)
}

/** Queries, keys and values: numbers where a view reads, NaN between. */
function fillHeads(
  problem: AttentionProblem,
  tensors: Tensors,
  tokens: Tokens,
  random: Random,
): void {
  for (const roles of packedRoles(problem)) {
    const present = roles.filter((role) => tensors[role] !== undefined)
    if (present.length === 0) continue
    const largest = present.reduce((a, b) =>
      tensors[a]!.data.length >= tensors[b]!.data.length ? a : b,
    )
    const shared = tensors[largest]!
    poison(shared)
    for (const role of present) {
      tensors[role] = shared
      fillView(problem, role, shared, tokens, random)
    }
  }
}

function fillView(
  problem: AttentionProblem,
  role: (typeof HEAD_ROLES)[number],
  tensor: HostTensor,
  tokens: Tokens,
  random: Random,
): void {
  const dim = role === 'v' ? problem.headDimV : problem.headDim
  const count = role === 'q' ? tokens.q : tokens.k
  for (const { from } of headVectors(problem, role, count)) {
    const vector = Array.from({ length: dim }, () => random.normal())
    writeElements(tensor, vector, from)
  }
}

/** One tensor for keys and values together, of the past and of the present. */
function stackCaches(tensors: Tensors): void {
  for (const name of ['past', 'present'] as const) {
    const keys = tensors[`${name}Key`]
    if (keys) tensors[`${name}Value`] = keys
  }
}

/** Rows behind the past of a batch entry have not been written yet, and hold anything. */
function hideUnusedRows(problem: AttentionProblem, tensors: Tensors): void {
  const { past, batch, numHeadsKv, headDim, headDimV, cacheStacked } = problem
  if (past === null) return
  const rows = pastRows(problem)
  const hideIn = (tensor: HostTensor, heads: number, dim: number) => {
    for (let head = 0; head < heads; head++) {
      const entry = Math.floor(head / numHeadsKv) % batch
      const length = Number(tensors.pastSeqlens?.data[entry] ?? past.seqlen)
      poison(tensor, (head * rows + length) * dim, (head + 1) * rows * dim)
    }
  }
  const heads = batch * numHeadsKv
  if (cacheStacked) hideIn(tensors.pastKey!, 2 * heads, headDim)
  else {
    hideIn(tensors.pastKey!, heads, headDim)
    hideIn(tensors.pastValue!, heads, headDimV)
  }
}
