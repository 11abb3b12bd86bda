import type { Arguments } from './read-arguments.js'

/** The attribute `numHeads`, or another count of heads, by rule E9; null when it is no use. */
export function readHeadCount(
  { attributes, list }: Arguments,
  name: 'numHeads' | 'kvNumHeads' = 'numHeads',
): number | null {
  const heads = attributes[name]
  if (typeof heads !== 'number') return null
  return list.require(heads >= 1, name, heads, 'at least 1', 'E9') ? heads : null
}

/** The attributes about scores that most operators have. */
export interface ScoreAttributes {
  readonly scale: ScaleOf
  readonly filterValue: number
}

/** What scores of a head dim are multiplied by. */
export type ScaleOf = (headDim: number) => number

/** The attribute `scale`, by rule E5. 0 stands for the default, 1/√headDim. */
export function readScale({ attributes, list }: Arguments): ScaleOf {
  const { scale } = attributes
  list.require(Number.isFinite(scale), 'scale', scale, 'a finite number', 'E5')
  return (headDim) => (scale as number) || 1 / Math.sqrt(headDim)
}

/** The attribute `maskFilterValue`, by rule E5. */
export function readMaskFilter({ attributes, list }: Arguments): number {
  const value = attributes.maskFilterValue as number
  const isFilter = value < Number.POSITIVE_INFINITY
  list.require(isFilter, 'maskFilterValue', value, 'a number below Infinity', 'E5')
  return value
}
