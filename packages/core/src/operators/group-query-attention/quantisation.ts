import { notSupportedYet } from '../not-supported-yet.js'
import type { Arguments } from '../read-arguments.js'

const KINDS = ['NONE', 'PER_TENSOR', 'PER_CHANNEL']

const CACHES = [
  { type: 'kQuantType', scale: 'kScale', cache: 'pastKey' },
  { type: 'vQuantType', scale: 'vScale', cache: 'pastValue' },
] as const

/** Checks what is said of quantised caches, by G19 and E10. */
export function checkQuantisation({ attributes, given, specs, list }: Arguments): void {
  for (const { type, scale, cache } of CACHES) {
    const kind = attributes[type]
    const isKind = list.require(KINDS.includes(String(kind)), type, kind, KINDS.join(', '), 'G19')
    if (!isKind) continue
    const isQuantised = kind !== 'NONE'
    if (isQuantised) list.require(given.has(scale), scale, undefined, `scales for ${type}`, 'G19')
    const [dtype, wanted] = [specs.get(cache)?.dtype, specs.get('query')?.dtype]
    if (dtype === undefined || wanted === undefined) continue
    const required = isQuantised ? 'uint8, as it is quantised' : `${wanted}, the dtype of query`
    list.require(
      dtype === (isQuantised ? 'uint8' : wanted),
      `${cache}.dtype`,
      dtype,
      required,
      'E10',
    )
  }
}

/** Refuses the caches that no backend can be asked for yet. */
export function refuseCaches(operator: string, { attributes }: Arguments): void {
  for (const { type, cache } of CACHES) {
    const kind = attributes[type]
    if (kind === 'NONE') continue
    const remedy = `Give ${cache} in the dtype of query.`
    throw notSupportedYet(operator, type, kind, 'NONE', remedy)
  }
  if (!attributes.slidingWindowCache) return
  const remedy = 'Give a cache of all keys; localWindowSize alone bounds what a query sees.'
  throw notSupportedYet(operator, 'slidingWindowCache', true, 'false', remedy)
}
