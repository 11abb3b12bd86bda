import type { PastSpec } from '../problem/attention-problem.js'
import type { Arguments } from './read-arguments.js'

const NAME = 'pastSequenceLength'

/** Notes a fault of `rule` unless `pastSequenceLength` is one number that is known on the host. */
export function requireOneNumber({ specs, scalars, list }: Arguments, rule: string): void {
  const shape = specs.get(NAME)?.shape ?? [1]
  const elements = shape.reduce((count, size) => count * size, 1)
  list.require(elements === 1, `${NAME}.shape`, elements, '1 element', rule)
  const value = scalars[NAME]
  list.require(Number.isInteger(value), NAME, value, 'an integer known on the host', rule)
}

/**
 * A past in a buffer of `rows` rows, which has room for the new keys by `rule`; undefined where it
 * has not.
 */
export function readSharedBuffer(
  { scalars, list }: Arguments,
  newKeys: number,
  rows: number,
  rule: string,
): PastSpec | undefined {
  const seqlen = scalars[NAME]
  if (seqlen === undefined || !Number.isInteger(seqlen)) return undefined
  const fits = seqlen >= 0 && seqlen + newKeys <= rows
  const room = `0 to ${rows - newKeys}: M - L, ${rows} - ${newKeys}`
  if (!list.require(fits, NAME, seqlen, room, rule)) return undefined
  return { seqlen, perBatch: false, bufferLength: rows }
}
