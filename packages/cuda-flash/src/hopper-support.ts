import {
  type AttentionProblem,
  type DeviceProperties,
  HEAD_ROLES,
  type HeadRole,
  headAxes,
  type Note,
} from '@attnkit/core'
import { attendedProblem } from './key-source.js'

const HALF_BYTES = 2
// Of a tensor map: cuTensorMapEncodeTiled in the CUDA driver's reference.
const STRIDE_LIMIT = 2 ** 40
// Tiles are counted in 31 bits, a round of all thread blocks beyond the last; none has fewer queries.
const MAX_TILES = 2 ** 30
const LEAST_BLOCK_M = 128

/** Whether a device has the instructions of sm_90a, which no other compute capability has. */
export function isHopper({ computeCapability }: DeviceProperties): boolean {
  return computeCapability?.[0] === 9 && computeCapability[1] === 0
}

/**
 * What keeps a problem that the backend serves from the Hopper kernels, which read tensors through the maps
 * of the copy engine. The kernels of `mma.sync` run it then.
 */
export function hopperObstacles(problem: AttentionProblem): readonly Note[] {
  return [
    ...(problem.seqlenK === 0 ? [note('seqlenK', '0 keys', 'at least one')] : []),
    ...HEAD_ROLES.flatMap((role) => strideObstacles(attendedProblem(problem), role)),
    ...tileObstacles(problem),
  ]
}

function strideObstacles(problem: AttentionProblem, role: HeadRole): readonly Note[] {
  const { view, seqlen, heads } = headAxes(problem, role)
  if (seqlen === 0) return []
  const { batch, varlen } = problem
  const strides = [
    ['seqStride', view.seqStride, varlen || seqlen > 1],
    ['headStride', view.headStride, heads > 1],
    ['batchStride', view.batchStride, !varlen && batch > 1],
  ] as const
  return strides
    .map(([name, elements, isUsed]) => [name, elements * HALF_BYTES, isUsed] as const)
    .filter(([, bytes, isUsed]) => isUsed && !(bytes > 0 && bytes < STRIDE_LIMIT))
    .map(([name, bytes]) => note(`${role}.${name}`, `${bytes} bytes`, 'above 0 and below 2^40'))
}

function tileObstacles({ batch, numHeads, seqlenQ }: AttentionProblem): readonly Note[] {
  const tiles = batch * numHeads * Math.ceil(seqlenQ / LEAST_BLOCK_M)
  return tiles > MAX_TILES ? [note('batch', `${tiles} tiles`, `at most ${MAX_TILES}`)] : []
}

function note(subject: string, found: string, required: string): Note {
  return { subject, text: `${found}; the Hopper kernels take ${required}, so an older one runs` }
}
