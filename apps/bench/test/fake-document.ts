import type { ResultDocument, ResultRow } from '../src/report/result.js'

/** A row of a result file with `changes`. */
export function fakeRow(changes: Partial<ResultRow> = {}): ResultRow {
  return {
    format: 'QKV',
    layout: 'bsn3h',
    backend: 'cuda-flash',
    variant: 'fa2-sm80-d64-m128n64',
    batch: 2,
    seqlen_q: 1024,
    seqlen_k: 1024,
    num_heads: 8,
    num_heads_kv: 8,
    head_dim: 64,
    head_dim_v: 64,
    causal: false,
    dtype: 'float16',
    ms: 1,
    ms_p10: 0.98,
    ms_p90: 1.02,
    samples: 50,
    tflops: 200,
    call_us: 7.5,
    rel_error: 2.5e-4,
    max_abs_error: 1e-4,
    error_rows: 512,
    peers: { flash_attention_2: { ms: 0.8, tflops: 250 }, cudnn: { ms: 2, tflops: 100 } },
    ...changes,
  }
}

/** A result document with these rows. */
export function fakeDocument(rows: readonly ResultRow[]): ResultDocument {
  return {
    schema_version: 1,
    suite: 'seed',
    device: 'NVIDIA H200',
    driver: '580.1',
    cuda: '13.0',
    commit: '0123456789abcdef',
    date: '2026-11-22T12:00:00.000Z',
    clocks: { sm_mhz_median: 1700 },
    versions: { attnkit: '0.1.0' },
    rows,
  }
}
