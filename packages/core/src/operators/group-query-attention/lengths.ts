import type { PastSpec } from '../../problem/attention-problem.js'
import type { Derivation } from '../operator.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import type { Form } from './forms.js'

/** How many keys there are. */
export interface Lengths {
  /** Past and new keys of the longest batch entry. */
  readonly total: number
  readonly past: PastSpec | null
}

/** Reads the numbers of keys and the past by G7 to G9 and E16; null when they are not known. */
export function readLengths(args: Arguments, form: Form | null): Lengths | null {
  requireCount(args, form)
  const total = readTotal(args, form)
  const rows = readPastRows(args, form)
  if (form === null || total === null || rows === undefined) return null
  const old = Math.max(0, total - form.newKeys)
  const required =
    rows === null
      ? `${form.newKeys}, the new keys, without a past`
      : `at most ${rows + form.newKeys}: the rows of the past and the new keys`
  const fits = old <= (rows ?? 0)
  if (!args.list.require(fits, 'totalSequenceLength', total, required, 'E16')) return null
  // Where no key is old, each batch entry has none.
  return {
    total,
    past: rows === null ? null : { seqlen: old, perBatch: old > 0, bufferLength: rows },
  }
}

function requireCount({ specs, list }: Arguments, form: Form | null): void {
  const shape = specs.get('seqlensK')?.shape
  if (shape === undefined || form === null) return
  const count = shape.reduce((product, size) => product * size, 1)
  list.require(count === form.batch, 'seqlensK.shape', count, `${form.batch} numbers (B)`, 'G8')
}

function readTotal({ scalars, specs, given, list }: Arguments, form: Form | null): number | null {
  const name = 'totalSequenceLength'
  const shape = specs.get(name)?.shape ?? []
  const count = shape.reduce((product, size) => product * size, 1)
  list.require(count === 1, `${name}.shape`, count, '1 number', 'G9')
  const total = scalars[name]
  if (!given.has(name)) return null
  const isCount = Number.isInteger(total) && (total as number) >= (form?.seqlenQ ?? 0)
  const required = `an integer known on the host, at least ${form?.seqlenQ ?? 0} (S)`
  return list.require(isCount, name, total, required, 'G9') ? (total as number) : null
}

/** Rows of the past; null without one, undefined where they cannot be told. */
function readPastRows(args: Arguments, form: Form | null): number | null | undefined {
  const { given, specs, list } = args
  const both = given.has('pastKey') === given.has('pastValue')
  const missing = given.has('pastKey') ? 'pastValue' : 'pastKey'
  if (!list.require(both, missing, undefined, 'pastKey and pastValue, or neither', 'G7')) return
  if (!given.has('pastKey')) return null
  const [key, value] = [specs.get('pastKey'), specs.get('pastValue')]
  if (!key || !value) return
  const ranked = [
    requireRank(args, 'pastKey', key, [4], 'G7'),
    requireRank(args, 'pastValue', value, [4], 'G7'),
  ]
  if (ranked.includes(false)) return
  const rows = key.shape[2]!
  requireSize(args, 'pastValue', 2, rows, 'P of pastKey', 'G7')
  if (form === null) return
  for (const name of ['pastKey', 'pastValue']) {
    requireSize(args, name, 0, form.batch, 'B of query', 'G7')
    requireSize(args, name, 1, form.numHeadsKv, 'kvNumHeads', 'G7')
    requireSize(args, name, 3, pastWidth(args, form.headDim), 'H of query', 'G7')
  }
  return rows
}

/** Two numbers of 4 bits lie in one element. */
function pastWidth({ attributes }: Arguments, headDim: number): number {
  return attributes.kvCacheBitWidth === 4 ? Math.ceil(headDim / 2) : headDim
}

/**
 * What the numbers of keys say, by batch entry: how many there are, how many of them are old, and where the first
 * query is. An entry with fewer keys than there are new ones is padded at its end, and has no old keys.
 */
export function derivedLengths(
  { total, past }: Lengths,
  { seqlenQ, newKeys }: Form,
  isPlaced: boolean,
): Record<string, Derivation> {
  const counted = { kind: 'indices', input: 'seqlensK', least: 0 } as const
  return {
    keyLengths: { ...counted, add: 1, most: total },
    ...(past?.perBatch && {
      pastSeqlens: { ...counted, add: 1 - newKeys, most: past.seqlen },
    }),
    ...(isPlaced && {
      causalOffset: { ...counted, add: 1 - seqlenQ, most: total - seqlenQ },
    }),
  }
}
