import type { PastSpec } from '../../problem/attention-problem.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import type { Form } from './forms.js'

/** The past by O8, O9 and O20; null when there is none. */
export function readPast(args: Arguments, form: Form | null): PastSpec | null {
  const { given, specs, list } = args
  requirePresent(args)
  const both = given.has('pastKey') === given.has('pastValue')
  const missing = given.has('pastKey') ? 'pastValue' : 'pastKey'
  list.require(both, missing, undefined, 'pastKey and pastValue, or neither', 'O8')
  const key = specs.get('pastKey')
  const value = specs.get('pastValue')
  if (!key || !value) return null
  const ranked = [
    requireRank(args, 'pastKey', key, [4], 'O9'),
    requireRank(args, 'pastValue', value, [4], 'O9'),
  ]
  if (ranked.includes(false) || form === null) return null
  for (const [name, dim, meaning] of [
    ['pastKey', form.headDim, 'H of q'],
    ['pastValue', form.headDimV, 'Hv of v'],
  ] as const) {
    requireSize(args, name, 0, form.batch, 'B of q', 'O9')
    requireSize(args, name, 1, form.numHeadsKv, 'heads of k', 'O9')
    requireSize(args, name, 3, dim, meaning, 'O9')
  }
  const seqlen = key.shape[2]!
  requireSize(args, 'pastValue', 2, seqlen, 'P of pastKey', 'O9')
  return { seqlen, perBatch: false, bufferLength: null }
}

function requirePresent({ given, requested, list }: Arguments): void {
  const isAsked = requested.has('presentKey') || requested.has('presentValue')
  if (isAsked || !(given.has('pastKey') || given.has('pastValue'))) return
  const required = 'true, or a tensor for it, with a past'
  list.add('outputs.presentKey', 'not asked for', required, 'O20')
}

/** Whether the keys are a cache of which each batch entry uses a part, by O10. */
export function readNonpad(args: Arguments, form: Form | null): boolean {
  const name = 'nonpadKvSeqlen'
  const { given, specs, list } = args
  if (!given.has(name)) return false
  const hasPast = given.has('pastKey') || given.has('pastValue')
  if (hasPast) list.add(name, 'given with a past', 'nonpadKvSeqlen or a past', 'O10')
  const spec = specs.get(name)
  if (spec && requireRank(args, name, spec, [1], 'O10') && form !== null) {
    requireSize(args, name, 0, form.batch, 'B of q', 'O10')
  }
  return true
}
