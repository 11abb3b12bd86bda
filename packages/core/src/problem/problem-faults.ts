import type { Fault } from '../errors/attention-error.js'
import { FaultList } from '../errors/fault-list.js'
import { FLOAT_DTYPES, INDEX_DTYPES } from '../tensor/dtype.js'
import {
  type AttentionProblem,
  MASK_KINDS,
  QK_OUTPUTS,
  SINK_KINDS,
  SOFTMAX_PRECISIONS,
} from './attention-problem.js'
import { HEAD_ROLES, headAxes, newKeys, pastRows, presentRows } from './head-axes.js'
import { FORMATS, formatOf, LAYOUTS } from './layout.js'
import { headExtent, isInjective, scoreExtent } from './view-extent.js'

/** Largest size of a dimension: kernels count positions in 32 bits. */
export const MAX_SIZE = 2 ** 31 - 1

type Check = (problem: AttentionProblem, list: FaultList) => void

/**
 * Everything that is wrong with a problem by itself. It may come from anyone, so nothing of it is
 * taken for granted; none means that sizes, views and features go together and that every offset can
 * be counted exactly.
 */
export function problemFaults(problem: AttentionProblem): readonly Fault[] {
  const list = new FaultList()
  if (!list.require(isObject(problem), 'problem', problem, 'an object')) return list.faults
  for (const check of FIELD_CHECKS) check(problem, list)
  if (list.empty) for (const check of [combinations, extents]) check(problem, list)
  return list.faults
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

function isSize(value: unknown, least: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= MAX_SIZE
}

const sizes: Check = (problem, list) => {
  for (const name of ['batch', 'seqlenQ', 'seqlenK'] as const) {
    list.require(isSize(problem[name], 0), name, problem[name], 'an integer from 0 to 2^31 - 1')
  }
  for (const name of ['numHeads', 'numHeadsKv', 'headDim', 'headDimV'] as const) {
    list.require(isSize(problem[name], 1), name, problem[name], 'an integer from 1 to 2^31 - 1')
  }
}

const KINDS = {
  dtype: FLOAT_DTYPES,
  layout: LAYOUTS,
  format: FORMATS,
  emptyRows: ['ignore-mask', 'zero'],
  sink: SINK_KINDS,
  softmaxPrecision: SOFTMAX_PRECISIONS,
  qkOutput: QK_OUTPUTS,
  qkHidden: ['lowest', '-inf', 'zero'],
} as const

function isOneOf(value: unknown, allowed: readonly unknown[]): boolean {
  return allowed.includes(value)
}

const kinds: Check = (problem, list) => {
  for (const [name, allowed] of Object.entries(KINDS)) {
    const value = problem[name as keyof typeof KINDS]
    list.require(isOneOf(value, allowed), name, value, `one of ${allowed.join(', ')}`)
  }
  for (const name of ['causal', 'present', 'cacheStacked', 'varlen', 'softmaxLse'] as const) {
    list.require(typeof problem[name] === 'boolean', name, problem[name], 'true or false')
  }
  list.require(typeof problem.operator === 'string', 'operator', problem.operator, 'a name')
}

const scores: Check = ({ softmaxScale, softcap }, list) => {
  list.require(Number.isFinite(softmaxScale), 'softmaxScale', softmaxScale, 'a finite number')
  const isSoftcap = Number.isFinite(softcap) && softcap >= 0
  list.require(isSoftcap, 'softcap', softcap, 'a finite number, 0 or more')
}

const visibility: Check = (problem, list) => {
  const { causal, causalOffset, windowLeft, windowRight, keyLengths } = problem
  const isLength = keyLengths === null || keyLengths === 'per-batch' || isSize(keyLengths, 0)
  list.require(isLength, 'keyLengths', keyLengths, 'null, an integer from 0, or per-batch')
  const isOffset =
    causalOffset === 'per-batch' ||
    (Number.isInteger(causalOffset) && (causalOffset | 0) === causalOffset)
  list.require(isOffset, 'causalOffset', causalOffset, 'a 32-bit integer or per-batch')
  list.require(isSize(windowLeft, -1), 'windowLeft', windowLeft, '-1, or an integer from 0')
  list.require(isSize(windowRight, -1), 'windowRight', windowRight, '-1, or an integer from 0')
  const both = causal === true && windowRight !== -1
  list.require(!both, 'windowRight', windowRight, '-1 when causal')
}

const masks: Check = ({ mask }, list) => {
  if (mask === null) return
  if (!list.require(isObject(mask), 'mask', mask, 'an object or null')) return
  const { kind, dtype, view, filterValue } = mask
  const known = isOneOf(kind, MASK_KINDS.slice(1))
  list.require(known, 'mask.kind', kind, `one of ${MASK_KINDS.slice(1).join(', ')}`)
  const counts = kind === 'lengths' || kind === 'start-end'
  const dtypes = counts ? ['int32'] : INDEX_DTYPES
  list.require(isOneOf(dtype, dtypes), 'mask.dtype', dtype, dtypes.join(', '))
  const isFilter = typeof filterValue === 'number' && filterValue < Number.POSITIVE_INFINITY
  list.require(isFilter, 'mask.filterValue', filterValue, 'a number below Infinity')
  if (known && !counts) viewFault('mask.view', view, SCORE_FIELDS, list)
}

const biases: Check = ({ attentionBias, projectionBias }, list) => {
  if (attentionBias !== null) {
    if (
      list.require(isObject(attentionBias), 'attentionBias', attentionBias, 'an object or null')
    ) {
      const { dtype, view } = attentionBias
      const required = FLOAT_DTYPES.join(', ')
      list.require(isOneOf(dtype, FLOAT_DTYPES), 'attentionBias.dtype', dtype, required)
      viewFault('attentionBias.view', view, SCORE_FIELDS, list)
    }
  }
  if (projectionBias === null) return
  const path = 'projectionBias'
  if (!list.require(isObject(projectionBias), path, projectionBias, 'an object or null')) return
  for (const part of ['q', 'k', 'v'] as const) {
    const used: unknown = projectionBias[part]
    list.require(typeof used === 'boolean', `${path}.${part}`, used, 'true or false')
  }
}

const cache: Check = ({ past, seqlenK }, list) => {
  if (past === null) return
  if (!list.require(isObject(past), 'past', past, 'an object or null')) return
  const { seqlen, perBatch, bufferLength } = past
  const fits = isSize(seqlen, 0) && !(isSize(seqlenK, 0) && seqlen > seqlenK)
  list.require(fits, 'past.seqlen', seqlen, 'an integer from 0 to seqlenK')
  list.require(typeof perBatch === 'boolean', 'past.perBatch', perBatch, 'true or false')
  const holds = bufferLength === null || isSize(bufferLength, isSize(seqlen, 0) ? seqlen : 0)
  list.require(holds, 'past.bufferLength', bufferLength, 'null, or an integer from past.seqlen')
}

const embeddings: Check = ({ qkNorm, rotary }, list) => {
  if (qkNorm !== null && list.require(isObject(qkNorm), 'qkNorm', qkNorm, 'an object or null')) {
    const { epsilon } = qkNorm
    const isEpsilon = Number.isFinite(epsilon) && epsilon >= 0
    list.require(isEpsilon, 'qkNorm.epsilon', epsilon, 'a finite number, 0 or more')
  }
  if (rotary === null || !list.require(isObject(rotary), 'rotary', rotary, 'an object or null')) {
    return
  }
  const { dim, base, tableRows } = rotary
  const isDim = isSize(dim, 2) && dim % 2 === 0
  list.require(isDim, 'rotary.dim', dim, 'an even number from 2 to headDim')
  const isBase = base === null || (Number.isFinite(base) && base > 0)
  list.require(isBase, 'rotary.base', base, 'null, or a number above 0')
  list.require(isSize(tableRows, 0), 'rotary.tableRows', tableRows, 'an integer from 0')
  for (const name of ['interleaved', 'positions'] as const) {
    list.require(typeof rotary[name] === 'boolean', `rotary.${name}`, rotary[name], 'true or false')
  }
}

const HEAD_FIELDS = ['offset', 'batchStride', 'seqStride', 'headStride'] as const
const SCORE_FIELDS = ['offset', 'batchStride', 'headStride', 'rowStride'] as const

const viewFields: Check = (problem, list) => {
  for (const role of HEAD_ROLES) viewFault(role, problem[role], HEAD_FIELDS, list)
}

const FIELD_CHECKS: readonly Check[] = [
  sizes,
  kinds,
  scores,
  visibility,
  masks,
  biases,
  embeddings,
  cache,
  viewFields,
]

function viewFault(path: string, view: unknown, fields: readonly string[], list: FaultList): void {
  if (!list.require(isObject(view), path, view, 'a view')) return
  for (const field of fields) {
    const value = (view as Record<string, unknown>)[field]
    const fits = Number.isSafeInteger(value) && (value as number) >= 0
    list.require(fits, `${path}.${field}`, value, 'an integer, 0 or more')
  }
}

const combinations: Check = (problem, list) => {
  const { numHeads, numHeadsKv, layout, format, varlen, projectionBias } = problem
  const divides = numHeads % numHeadsKv === 0
  list.require(divides, 'numHeadsKv', numHeadsKv, `a divisor of numHeads, ${numHeads}`)
  list.require(format === formatOf(layout), 'format', format, `${formatOf(layout)} for ${layout}`)
  const unpadded = layout === 'tnh' || layout === 'tn3h'
  list.require(varlen === unpadded, 'layout', layout, varlen ? 'tnh or tn3h' : 'not of varlen')
  const biasFits = projectionBias === null || numHeads === numHeadsKv
  list.require(biasFits, 'numHeadsKv', numHeadsKv, 'numHeads with a projection bias')
  const { cacheStacked, headDim, headDimV, keyLengths } = problem
  const stacks = !cacheStacked || headDimV === headDim
  list.require(stacks, 'headDimV', headDimV, `headDim, ${headDim}, when the cache is stacked`)
  packing(problem, list)
  rotation(problem, list)
  if (!varlen) return
  list.require(keyLengths === null, 'keyLengths', keyLengths, 'null when varlen')
  list.require(problem.past === null, 'past', problem.past, 'null when varlen')
  list.require(!problem.present, 'present', problem.present, 'false when varlen')
  list.require(problem.qkOutput === 'none', 'qkOutput', problem.qkOutput, 'none when varlen')
}

const packing: Check = (problem, list) => {
  const { format, headDim, headDimV, numHeads, numHeadsKv, seqlenQ, varlen } = problem
  if (format === 'Q,K,V') return
  list.require(headDimV === headDim, 'headDimV', headDimV, `headDim, ${headDim}, when packed`)
  if (format === 'Q,KV') return
  list.require(numHeadsKv === numHeads, 'numHeadsKv', numHeadsKv, 'numHeads when Q is packed too')
  const keys = headAxes(problem, 'k').seqlen
  list.require(varlen || keys === seqlenQ, 'seqlenK', keys, 'as many new keys as queries, for QKV')
}

const rotation: Check = (problem, list) => {
  const { rotary, headDim, seqlenQ, seqlenK, varlen } = problem
  if (rotary === null) return
  const { dim } = rotary
  list.require(dim <= headDim, 'rotary.dim', dim, `at most headDim, ${headDim}`)
  const { base, positions, tableRows } = rotary
  // Given positions are looked at where their values are.
  const rows = positions ? 1 : seqlenK
  const covers = base !== null || tableRows >= rows
  list.require(covers, 'rotary.tableRows', tableRows, `at least ${rows} without a base`)
  if (!positions) return
  list.require(!varlen, 'rotary.positions', true, 'false when varlen')
  const keys = newKeys(problem)
  const alike = keys === seqlenQ || keys === 0
  list.require(
    alike,
    'seqlenK',
    keys,
    'as many new keys as queries, or none, when positions are given',
  )
}

const extents: Check = (problem, list) => {
  const batch = problem.varlen ? 1 : problem.batch
  const requireExact = (path: string, elements: number) =>
    list.require(Number.isSafeInteger(elements), path, elements, 'offsets below 2^53')
  for (const role of HEAD_ROLES) requireExact(role, headExtent(headAxes(problem, role), batch))
  if (problem.mask?.view) requireExact('mask.view', scoreExtent(problem, problem.mask.view))
  if (problem.attentionBias) {
    requireExact('attentionBias.view', scoreExtent(problem, problem.attentionBias.view))
  }
  const { numHeads, numHeadsKv, headDim, headDimV, seqlenQ, seqlenK } = problem
  const width = Math.max(headDim, headDimV)
  const rows = Math.max(pastRows(problem), presentRows(problem))
  requireExact('problem', product(problem.batch, numHeads, seqlenQ, seqlenK))
  requireExact('problem', product(2, problem.batch, numHeadsKv, rows, width))
  requireExact('projectionBias', product(numHeads, 2 * headDim + headDimV))
  const injective = isInjective(headAxes(problem, 'output'), batch)
  list.require(injective, 'output', problem.output, 'a view without overlaps')
}

function product(...factors: readonly number[]): number {
  return factors.reduce((total, factor) =>
    Number.isSafeInteger(total * factor) ? total * factor : Number.POSITIVE_INFINITY,
  )
}
