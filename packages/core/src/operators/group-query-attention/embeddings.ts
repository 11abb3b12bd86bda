import type { AttentionProblem, RotarySpec } from '../../problem/attention-problem.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import type { Form } from './forms.js'

/** The norm of Q and K by E14 and E15; null when there is none. */
export function readNorm(args: Arguments, form: Form | null): AttentionProblem['qkNorm'] {
  const { attributes, given, specs, list } = args
  const epsilon = attributes.qkNormEpsilon as number
  const isEpsilon = Number.isFinite(epsilon) && epsilon >= 0
  list.require(isEpsilon, 'qkNormEpsilon', epsilon, 'a finite number, 0 or more', 'E15')
  const names = ['qNormWeight', 'kNormWeight'] as const
  const missing = names.filter((name) => !given.has(name))
  if (missing.length === 2) return null
  for (const name of missing) {
    list.require(false, name, undefined, 'qNormWeight and kNormWeight, or neither', 'E14')
  }
  for (const name of names) {
    const spec = specs.get(name)
    if (!spec || !requireRank(args, name, spec, [1], 'E14') || form === null) continue
    requireSize(args, name, 0, form.headDim, 'H of query', 'E14')
  }
  return { epsilon }
}

/** The rotary embedding by G10, G13 and G14; null when there is none. `total`: past and new keys. */
export function readRotary(
  args: Arguments,
  form: Form | null,
  total: number | null,
): RotarySpec | null {
  const { attributes, given, list } = args
  const both = given.has('cosCache') === given.has('sinCache')
  const missing = given.has('cosCache') ? 'sinCache' : 'cosCache'
  list.require(both, missing, undefined, 'cosCache and sinCache, or neither', 'G10')
  const rotates = Boolean(attributes.doRotary)
  if (rotates && !given.has('cosCache') && !given.has('sinCache')) {
    list.require(false, 'cosCache', undefined, 'cosCache and sinCache with doRotary', 'G13')
  }
  requirePositions(args, form)
  const tables = readTables(args, form, total)
  if (tables === null || !rotates) return null
  const positions = given.has('positionIds')
  return { ...tables, interleaved: Boolean(attributes.rotaryInterleaved), base: null, positions }
}

function requirePositions(args: Arguments, form: Form | null): void {
  const name = 'positionIds'
  const spec = args.specs.get(name)
  if (!spec || !requireRank(args, name, spec, [2], 'G14') || form === null) return
  requireSize(args, name, 0, form.batch, 'B of query', 'G14')
  requireSize(args, name, 1, form.seqlenQ, 'S of query', 'G14')
}

function readTables(
  args: Arguments,
  form: Form | null,
  total: number | null,
): Pick<RotarySpec, 'dim' | 'tableRows'> | null {
  const { specs, list } = args
  const [cos, sin] = [specs.get('cosCache'), specs.get('sinCache')]
  if (!cos || !sin) return null
  const ranked = [
    requireRank(args, 'cosCache', cos, [2], 'G10'),
    requireRank(args, 'sinCache', sin, [2], 'G10'),
  ]
  if (ranked.includes(false)) return null
  const [cosRows, width] = cos.shape as [number, number]
  const sinRows = sin.shape[0]!
  requireSize(args, 'sinCache', 1, width, 'the width of cosCache', 'G10')
  for (const [name, rows] of [
    ['cosCache', cosRows],
    ['sinCache', sinRows],
  ] as const) {
    const required = `at least ${total} (totalSequenceLength)`
    list.require(rows >= (total ?? 0), `${name}.shape[0]`, rows, required, 'G10')
  }
  const most = Math.floor((form?.headDim ?? Number.POSITIVE_INFINITY) / 2)
  const isWidth = list.require(
    width >= 1 && width <= most,
    'cosCache.shape[1]',
    width,
    `1 to ${most} (H/2)`,
    'G10',
  )
  return isWidth ? { dim: 2 * width, tableRows: Math.min(cosRows, sinRows) } : null
}
