import { significant, times } from './number-format.js'
import { peerMeans, peerRatio } from './peer-ratio.js'
import { PEER_TITLES } from './peer-titles.js'
import type { PeerName, ResultDocument, ResultRow } from './result.js'
import type { Column } from './text-table.js'

function right(title: string, cell: (row: ResultRow) => string): Column<ResultRow> {
  return { title, align: 'right', cell }
}

function left(title: string, cell: (row: ResultRow) => string): Column<ResultRow> {
  return { title, align: 'left', cell }
}

function speedUnit(rows: readonly ResultRow[]): { readonly unit: string; readonly factor: number } {
  const fast = rows.some((row) => row.tflops >= 2)
  return fast ? { unit: 'TFLOP/s', factor: 1 } : { unit: 'GFLOP/s', factor: 1000 }
}

function peerColumns(peer: PeerName, factor: number): Column<ResultRow>[] {
  return [
    right(PEER_TITLES[peer], (row) =>
      significant((row.peers[peer]?.tflops ?? Number.NaN) * factor),
    ),
    right('×', (row) => times(peerRatio(row, peer) ?? Number.NaN)),
  ]
}

/** Whether more than one value of a column occurs, so that it is worth showing. */
function varies(rows: readonly ResultRow[], value: (row: ResultRow) => unknown): boolean {
  return new Set(rows.map(value)).size > 1
}

/** The columns that tables of measured rows have: what was run, how fast, how exact, the peers. */
export function rowColumns({ rows }: Pick<ResultDocument, 'rows'>): Column<ResultRow>[] {
  const { unit, factor } = speedUnit(rows)
  return [
    left('format', (row) => row.format),
    right('batch', (row) => String(row.batch)),
    right('seqlen', (row) => String(row.seqlen_q)),
    ...(rows.some((row) => row.seqlen_k !== row.seqlen_q)
      ? [right('keys', (row) => String(row.seqlen_k))]
      : []),
    right('heads', (row) => String(row.num_heads)),
    right('head dim', (row) => String(row.head_dim)),
    ...(rows.some((row) => row.input_width !== undefined)
      ? [right('input width', (row) => String(row.input_width ?? ''))]
      : []),
    ...(varies(rows, (row) => row.dtype) ? [left('dtype', (row) => row.dtype)] : []),
    ...(varies(rows, (row) => row.causal)
      ? [left('causal', (row) => (row.causal ? 'causal' : ''))]
      : []),
    ...(varies(rows, (row) => row.backend) ? [left('backend', (row) => row.backend)] : []),
    left('kernel', (row) => row.variant),
    right('ms', (row) => significant(row.ms)),
    right('p10–p90', (row) => `${significant(row.ms_p10)}–${significant(row.ms_p90)}`),
    right(unit, (row) => significant(row.tflops * factor)),
    ...(rows.some((row) => row.tb_per_s !== undefined)
      ? [right('TB/s', (row) => significant(row.tb_per_s ?? Number.NaN))]
      : []),
    right('call µs', (row) => significant(row.call_us)),
    right('error', (row) => row.rel_error.toExponential(1)),
    ...peerMeans(rows).flatMap(({ peer }) => peerColumns(peer, factor)),
  ]
}
