import type { MaskSpec } from '../../src/problem/attention-problem.js'
import type { ProblemOptions } from '../../src/problem/define-problem.js'
import type { Layout } from '../../src/problem/layout.js'
import type { FloatDtype } from '../../src/tensor/dtype.js'

/** A row of a truth table of the policy `onnxruntime`. */
export interface PolicyRow {
  readonly title: string
  readonly problem: Partial<ProblemOptions>
  readonly environment: Readonly<Record<string, string>>
  readonly winner: string
  readonly refused: string
}

type Cells = Readonly<Record<string, string>>

const LAYOUTS: Readonly<Record<string, Layout>> = {
  'Q,K,V': 'bsnh',
  'Q,KV': 'bsn2h',
  QKV: 'bsn3h',
  'Q,K,V varlen': 'tnh',
  'QKV varlen': 'tn3h',
}

/** The rows of tables in text, by operator: columns between `|`, their names in the first line. */
export function policyRows(tables: Readonly<Record<string, string>>): readonly PolicyRow[] {
  return Object.entries(tables).flatMap(([operator, text]) => {
    const [header = [], ...rows] = text.trim().split('\n').map(cellsOf)
    const named = rows.map((cells) =>
      Object.fromEntries(header.map((column, at) => [column, cells[at] ?? ''])),
    )
    return named.map((cells) => policyRow(operator, cells))
  })
}

function cellsOf(line: string): string[] {
  return line.split('|').map((cell) => cell.trim())
}

function policyRow(operator: string, cells: Cells): PolicyRow {
  const { form, dtype, lengths, features, variables, winner = '', refused = '' } = cells
  const what = [operator, form, dtype, lengths, features, variables].filter(Boolean).join(' ')
  return {
    title: `${what} → ${winner}`,
    problem: { operator, ...problemOf(cells) },
    environment: environmentOf(variables ?? ''),
    winner,
    refused,
  }
}

function problemOf({ form, dtype, lengths = '', features = '' }: Cells): Partial<ProblemOptions> {
  const [, queries, keys, past] = /^(\d+)(?:\/(\d+))?(?:\+(\d+))?$/.exec(lengths)!.map(Number)
  const words = features.split(' ')
  const mask = words.find((word) => word.startsWith('mask:'))?.slice('mask:'.length)
  const varlen = words.includes('varlen')
  return {
    layout: LAYOUTS[varlen ? `${form} varlen` : form!]!,
    dtype: dtype as FloatDtype,
    seqlenQ: queries!,
    seqlenK: (keys || queries!) + (past || 0),
    headDim: words.includes('wide') ? 72 : 64,
    causal: words.includes('causal'),
    ...(past && { past: { seqlen: past } }),
    ...(words.includes('gqa') && { numHeads: 8, numHeadsKv: 2 }),
    ...(words.includes('bias') && { attentionBias: {} }),
    ...(mask !== undefined && { mask: { kind: mask as MaskSpec['kind'] } }),
  }
}

function environmentOf(variables: string): Readonly<Record<string, string>> {
  const pairs = variables.split(' ').filter(Boolean)
  return Object.fromEntries(pairs.map((pair) => `ORT_${pair}`.split('=') as [string, string]))
}
