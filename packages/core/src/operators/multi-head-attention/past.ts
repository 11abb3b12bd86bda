import type { PastSpec } from '../../problem/attention-problem.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import { readSharedBuffer, requireOneNumber } from '../shared-buffer.js'
import type { Form } from './forms.js'

/** The past by M6 to M8; null when there is none, undefined when faults keep it from being known. */
export function readPast(args: Arguments, form: Form | null): PastSpec | null | undefined {
  const { given, specs, list } = args
  const shared = given.has('pastSequenceLength')
  requirePair(args)
  if (shared) requireOneNumber(args, 'M8')
  if (!given.has('pastKey') || !given.has('pastValue')) {
    const alone = shared && !given.has('pastKey') && !given.has('pastValue')
    if (alone) list.add('pastKey', 'undefined', 'a past with pastSequenceLength', 'M8')
    return given.has('pastKey') || given.has('pastValue') ? undefined : null
  }
  const key = specs.get('pastKey')
  const value = specs.get('pastValue')
  if (!key || !value || form === null) return undefined
  const ranked = [
    requireRank(args, 'pastKey', key, [4], 'M7'),
    requireRank(args, 'pastValue', value, [4], 'M7'),
  ]
  if (ranked.includes(false)) return undefined
  for (const input of ['pastKey', 'pastValue']) {
    requireSize(args, input, 0, form.batch, 'B of query', 'M7')
    requireSize(args, input, 1, form.numHeads, 'N, numHeads', 'M7')
    requireSize(args, input, 3, form.headDim, 'H of query', 'M7')
  }
  const equal = form.headDimV === form.headDim
  list.require(
    equal,
    'value.shape[2]',
    form.headDimV * form.numHeads,
    'D of query with a past',
    'M7',
  )
  const rows = key.shape[2]!
  requireSize(args, 'pastValue', 2, rows, 'P of pastKey', 'M7')
  return shared
    ? readSharedBuffer(args, form.newKeys, rows, 'E11')
    : { seqlen: rows, perBatch: false, bufferLength: null }
}

function requirePair({ given, list }: Arguments): void {
  const both = given.has('pastKey') === given.has('pastValue')
  const missing = given.has('pastKey') ? 'pastValue' : 'pastKey'
  list.require(both, missing, undefined, 'pastKey and pastValue, or neither', 'M6')
}
