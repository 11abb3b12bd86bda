import type { AttentionProblem } from '../../problem/attention-problem.js'
import type { Arguments } from '../read-arguments.js'
import type { Form } from './forms.js'
import { requireRank, requireSize } from './shape-rules.js'

type Past = AttentionProblem['past']

/** The past by M6 to M8; null when there is none. */
export function readPast(args: Arguments, form: Form | null): Past {
  const { given, specs, list } = args
  const shared = given.has('pastSequenceLength')
  requirePair(args)
  if (shared) requireOneNumber(args)
  if (!given.has('pastKey') || !given.has('pastValue')) {
    const alone = shared && !given.has('pastKey') && !given.has('pastValue')
    if (alone) list.add('pastKey', 'undefined', 'a past with pastSequenceLength', 'M8')
    return null
  }
  const key = specs.get('pastKey')
  const value = specs.get('pastValue')
  if (!key || !value || form === null) return null
  const ranked = [
    requireRank(args, 'pastKey', key, [4], 'M7'),
    requireRank(args, 'pastValue', value, [4], 'M7'),
  ]
  if (ranked.includes(false)) return null
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
    ? readBuffer(args, form, rows)
    : { seqlen: rows, perBatch: false, bufferLength: null }
}

function requirePair({ given, list }: Arguments): void {
  const both = given.has('pastKey') === given.has('pastValue')
  const missing = given.has('pastKey') ? 'pastValue' : 'pastKey'
  list.require(both, missing, undefined, 'pastKey and pastValue, or neither', 'M6')
}

function requireOneNumber({ specs, scalars, list }: Arguments): void {
  const name = 'pastSequenceLength'
  const shape = specs.get(name)?.shape ?? [1]
  const elements = shape.reduce((count, size) => count * size, 1)
  list.require(elements === 1, `${name}.shape`, elements, '1 element', 'M8')
  const value = scalars[name]
  list.require(Number.isInteger(value), name, value, 'an integer known on the host', 'M8')
}

function readBuffer({ scalars, list }: Arguments, form: Form, rows: number): Past {
  const seqlen = scalars.pastSequenceLength
  if (!Number.isInteger(seqlen)) return null
  const fits = seqlen! >= 0 && seqlen! + form.newKeys <= rows
  const room = `0 to ${rows - form.newKeys}: M - L, ${rows} - ${form.newKeys}`
  if (!list.require(fits, 'pastSequenceLength', seqlen, room, 'E11')) return null
  return { seqlen: seqlen!, perBatch: false, bufferLength: rows }
}
