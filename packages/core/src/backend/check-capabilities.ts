import { type AttentionProblem, EXCLUSION_THRESHOLD } from '../problem/attention-problem.js'
import type { Capabilities, HeadDimRange } from './capabilities.js'
import type { DeviceProperties } from './device.js'
import type { Reason, ReasonCode } from './reason.js'

type Reject = (code: ReasonCode, subject: string, found: unknown, required: string) => void

/**
 * All the reasons why a backend of these capabilities cannot run `problem` on `device`. A backend's
 * `supports()` starts from these and adds what a table cannot say (strides, alignment, sizes).
 */
export function checkCapabilities(
  problem: AttentionProblem,
  capabilities: Capabilities,
  device: DeviceProperties,
): Reason[] {
  const reasons: Reason[] = []
  const reject: Reject = (code, subject, found, required) => {
    reasons.push({ code, subject, found: String(found), required })
  }
  checkShape(problem, capabilities, reject)
  checkScores(problem, capabilities, reject)
  checkEmbeddings(problem, capabilities, reject)
  checkKeys(problem, capabilities, reject)
  checkOutputs(problem, capabilities, reject)
  checkDevice(device, capabilities, reject)
  return reasons
}

function checkShape(problem: AttentionProblem, able: Capabilities, reject: Reject): void {
  const { dtype, headDim, headDimV, layout, numHeads, numHeadsKv } = problem
  if (!able.dtypes.includes(dtype)) {
    reject('dtype-unsupported', 'dtype', dtype, oneOf(able.dtypes))
  }
  checkHeadDim('headDim', headDim, able.headDim, reject)
  if (able.headDimV !== 'equal') checkHeadDim('headDimV', headDimV, able.headDimV, reject)
  else if (headDimV !== headDim) reject('head-dims-differ', 'headDimV', headDimV, `${headDim}`)
  if (!able.layouts.includes(layout)) {
    reject('format-unsupported', 'layout', layout, oneOf(able.layouts))
  }
  if (numHeads !== numHeadsKv && !able.groupedQuery) {
    reject('gqa-unsupported', 'numHeadsKv', numHeadsKv, `numHeads, ${numHeads}`)
  }
  const longest = Math.max(problem.seqlenQ, problem.seqlenK)
  if (longest > able.maxSeqlen) {
    reject('seqlen-too-long', 'seqlen', longest, `at most ${able.maxSeqlen}`)
  }
}

function checkHeadDim(subject: string, found: number, range: HeadDimRange, reject: Reject): void {
  const { min, max, multipleOf } = range
  if (found >= min && found <= max && found % multipleOf === 0) return
  const step = multipleOf === 1 ? '' : ` and a multiple of ${multipleOf}`
  reject('head-dim-unsupported', subject, found, `${min} to ${max}${step}`)
}

function checkScores(problem: AttentionProblem, able: Capabilities, reject: Reject): void {
  const kind = problem.mask?.kind ?? 'none'
  if (!able.masks.includes(kind)) reject('mask-kind-unsupported', 'mask', kind, oneOf(able.masks))
  const filterValue = problem.mask?.filterValue ?? Number.NEGATIVE_INFINITY
  if (filterValue > EXCLUSION_THRESHOLD && !able.additiveMask) {
    const required = `at most ${EXCLUSION_THRESHOLD}`
    reject('mask-kind-unsupported', 'mask.filterValue', filterValue, required)
  }
  if (problem.attentionBias !== null && !able.attentionBias) {
    reject('bias-unsupported', 'attentionBias', 'given', 'none')
  }
  if (problem.projectionBias !== null && !able.projectionBias) {
    reject('bias-unsupported', 'projectionBias', 'given', 'none')
  }
  if (problem.softcap !== 0 && !able.softcap) {
    reject('softcap-unsupported', 'softcap', problem.softcap, '0')
  }
  if (problem.sink !== 'none' && !able.sinks.includes(problem.sink)) {
    reject('sink-unsupported', 'sink', problem.sink, oneOf(['none', ...able.sinks]))
  }
}

function checkEmbeddings(problem: AttentionProblem, able: Capabilities, reject: Reject): void {
  if (problem.qkNorm !== null && !able.qkNorm) {
    reject('not-supported-yet', 'qkNorm', 'a norm of Q and K', 'none')
  }
  if (problem.rotary !== null && !able.rotary) {
    reject('not-supported-yet', 'rotary', 'a rotary embedding', 'none')
  }
}

function checkKeys(problem: AttentionProblem, able: Capabilities, reject: Reject): void {
  const { windowLeft, windowRight } = problem
  if (problem.causal && !able.causal) reject('causal-unsupported', 'causal', true, 'false')
  const perBatch = problem.causalOffset === 'per-batch'
  if (perBatch && !able.causalOffsetPerBatch) {
    reject('causal-unsupported', 'causalOffset', 'one per batch', 'one number')
  }
  if ((windowLeft >= 0 || windowRight >= 0) && !able.window) {
    reject('window-unsupported', 'window', `(${windowLeft}, ${windowRight})`, '(-1, -1)')
  }
  if (problem.varlen && !able.varlen) reject('varlen-unsupported', 'varlen', true, 'false')
  if (problem.past !== null && !able.past) reject('past-unsupported', 'past', 'given', 'none')
  if (problem.past?.perBatch && !able.pastPerBatch) {
    reject('past-unsupported', 'past.perBatch', 'a length for each batch entry', 'one length')
  }
  if (problem.keyLengths !== null && !able.keyLengths) {
    reject('mask-kind-unsupported', 'keyLengths', problem.keyLengths, 'none')
  }
  if (problem.present && !able.past) reject('past-unsupported', 'present', 'asked for', 'none')
}

function checkOutputs(problem: AttentionProblem, able: Capabilities, reject: Reject): void {
  const { qkOutput, softmaxLse, softmaxPrecision } = problem
  const precisions = able.softmaxPrecisions ?? ['float32']
  if (!precisions.includes(softmaxPrecision)) {
    const required = oneOf(precisions)
    reject('dtype-unsupported', 'softmaxPrecision', softmaxPrecision, required)
  }
  if (qkOutput !== 'none' && !able.qkOutputs.includes(qkOutput)) {
    reject('qk-output-unsupported', 'qkOutput', qkOutput, oneOf(['none', ...able.qkOutputs]))
  }
  if (softmaxLse && !able.softmaxLse) reject('lse-unsupported', 'softmaxLse', true, 'false')
}

function checkDevice(device: DeviceProperties, able: Capabilities, reject: Reject): void {
  if (able.minComputeCapability === undefined) return
  const [needMajor, needMinor] = able.minComputeCapability
  const [major, minor] = device.computeCapability ?? [0, 0]
  if (major > needMajor || (major === needMajor && minor >= needMinor)) return
  const found = device.computeCapability === undefined ? device.type : `${major}.${minor}`
  reject('compute-capability', 'device', found, `at least ${needMajor}.${needMinor}`)
}

function oneOf(allowed: readonly string[]): string {
  return [...new Set(allowed)].join(', ')
}
