import {
  type AttentionProblem,
  type BoundProblem,
  bufferNotStable,
  bufferState,
  type HostTensor,
  type TensorData,
  type TensorRole,
} from '@attnkit/core'

/** In the order in which native code takes them. */
const TENSOR_ROLES = [
  'q',
  'k',
  'v',
  'output',
  'projectionBias',
  'mask',
  'attentionBias',
  'causalOffset',
  'cuSeqlensQ',
  'cuSeqlensK',
  'pastKey',
  'pastValue',
  'presentKey',
  'presentValue',
  'sink',
  'qk',
  'softmaxLse',
  'keyLengths',
  'pastSeqlens',
  'qNorm',
  'kNorm',
  'rotaryCos',
  'rotarySin',
  'positions',
] as const satisfies readonly TensorRole[]

/**
 * The arrays of the tensors that the problem uses. Throws `buffer-not-stable` for memory that could
 * change its size or owner during the call.
 */
export function tensorArrays(bound: BoundProblem<HostTensor>): (TensorData | undefined)[] {
  const { problem } = bound
  return TENSOR_ROLES.map((role) => {
    const tensor = isUsed(problem, role) ? bound[role] : undefined
    if (tensor === undefined) return undefined
    const state = bufferState(tensor.data, tensor.shape.includes(0) ? 0 : 1)
    if (state !== null) throw bufferNotStable(problem.operator, role, state)
    return tensor.data
  })
}

/** Tensors that a problem does not ask for may lie beside those that it does. */
function isUsed(problem: AttentionProblem, role: TensorRole): boolean {
  switch (role) {
    case 'projectionBias':
    case 'attentionBias':
    case 'mask':
      return problem[role] !== null
    case 'causalOffset':
      return problem.causalOffset === 'per-batch'
    case 'cuSeqlensQ':
    case 'cuSeqlensK':
      return problem.varlen
    case 'pastKey':
    case 'pastValue':
      return problem.past !== null
    case 'presentKey':
    case 'presentValue':
      return problem.present
    case 'sink':
      return problem.sink === 'per-head'
    case 'qk':
      return problem.qkOutput !== 'none'
    case 'softmaxLse':
      return problem.softmaxLse
    case 'keyLengths':
      return problem.keyLengths === 'per-batch'
    case 'pastSeqlens':
      return problem.past?.perBatch === true
    case 'qNorm':
    case 'kNorm':
      return problem.qkNorm !== null
    case 'rotaryCos':
    case 'rotarySin':
      return problem.rotary?.base === null
    case 'positions':
      return problem.rotary?.positions === true
    default:
      return true
  }
}
