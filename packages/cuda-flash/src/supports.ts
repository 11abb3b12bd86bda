import {
  type AttentionProblem,
  checkCapabilities,
  type DeviceProperties,
  HEAD_ROLES,
  type HeadRole,
  headAxes,
  type Reason,
  type Support,
} from '@attnkit/core'
import { capabilities } from './capabilities.js'
import { chooseVariant } from './choose-variant.js'
import { hopperObstacles, isHopper } from './hopper-support.js'

// Rows are copied 16 bytes at a time.
const ALIGNMENT = 8
// Strides of rows are 31-bit numbers of bytes, and heads are a dimension of the grid.
const MAX_ROW_STRIDE = 2 ** 30 - 1
const MAX_HEADS = 65_535
// Of a cache that is appended to: chunks of one batch entry.
const MAX_BATCH_OF_CACHE = 65_535
const MAX_CHUNKS = 2 ** 31 - 1

/** Whether the kernels can run a problem on a device: all the reasons why not. */
export function supports(problem: AttentionProblem, device: DeviceProperties): Support {
  const reasons = [
    ...checkCapabilities(problem, capabilities, device),
    ...HEAD_ROLES.flatMap((role) => strideReasons(problem, role)),
    ...sizeReasons(problem),
  ]
  const isOlder = () => chooseVariant(problem, device).family === 'fa2-sm80'
  const couldBeFaster = reasons.length === 0 && isHopper(device) && isOlder()
  return { reasons, notes: couldBeFaster ? hopperObstacles(problem) : [] }
}

function strideReasons(problem: AttentionProblem, role: HeadRole): readonly Reason[] {
  const { view, seqlen, heads } = headAxes(problem, role)
  const strides = [
    ['offset', view.offset],
    ['batchStride', problem.batch > 1 ? view.batchStride : 0],
    ['seqStride', seqlen > 1 || problem.varlen ? view.seqStride : 0],
    ['headStride', heads > 1 ? view.headStride : 0],
  ] as const
  const crooked = strides.filter(([, elements]) => elements % ALIGNMENT !== 0)
  const reasons = crooked.map(([name, elements]): Reason => {
    return {
      code: 'stride-unsupported',
      subject: `${role}.${name}`,
      found: `${elements} elements`,
      required: `a multiple of ${ALIGNMENT} elements, 16 bytes`,
      remedy: 'copy the tensor to one whose rows start at multiples of 16 bytes',
    }
  })
  if (view.seqStride <= MAX_ROW_STRIDE) return reasons
  return [...reasons, overflow(`${role}.seqStride`, view.seqStride, MAX_ROW_STRIDE)]
}

function sizeReasons(problem: AttentionProblem): readonly Reason[] {
  const { numHeads, mask } = problem
  const reasons = [...cacheReasons(problem)]
  if (numHeads > MAX_HEADS) reasons.push(overflow('numHeads', numHeads, MAX_HEADS))
  if ((mask?.kind === 'lengths' || mask?.kind === 'start-end') && mask.dtype !== 'int32') {
    reasons.push({
      code: 'mask-kind-unsupported',
      subject: 'mask.dtype',
      found: mask.dtype,
      required: 'int32',
    })
  }
  return reasons
}

/** What is appended to a cache: batch entries are a dimension of the grid, chunks of rows another. */
function cacheReasons(problem: AttentionProblem): readonly Reason[] {
  const { batch, numHeadsKv, seqlenK, headDim, headDimV, past, present } = problem
  if (past === null && !present) return []
  const chunks = (numHeadsKv * Math.max(headDim, headDimV)) / ALIGNMENT
  const longest = Math.floor(MAX_CHUNKS / chunks)
  return [
    ...(batch > MAX_BATCH_OF_CACHE ? [overflow('batch', batch, MAX_BATCH_OF_CACHE)] : []),
    ...(seqlenK > longest ? [overflow('seqlenK', seqlenK, longest)] : []),
  ]
}

function overflow(subject: string, found: number, most: number): Reason {
  return { code: 'size-overflow', subject, found: `${found}`, required: `at most ${most}` }
}
