import { paramsLayout } from './params-layout.js'

/** Numbers of the kernels, as `native/launch.cc` has them. */
export const SHARED_KERNELS = { appendRows: 0, padTokens: 1, convert: 2, fillNormal: 3 } as const

/** Parameters of the kernels, as `native/kernels/params.h` has them. */
export const SHARED_LAYOUTS = {
  append_rows: paramsLayout({
    to: 'u64',
    from: 'u64',
    bias: 'u64',
    first_rows: 'u64',
    to_batch_stride: 'i64',
    to_row_stride: 'i64',
    to_head_stride: 'i64',
    from_batch_stride: 'i64',
    from_row_stride: 'i64',
    from_head_stride: 'i64',
    batch: 'i32',
    rows: 'i32',
    heads: 'i32',
    head_dim: 'i32',
    first_row: 'i32',
    rows_to: 'i32',
    element: 'i32',
    reserved: 'i32',
  }),
  pad_tokens: paramsLayout({
    padded: 'u64',
    tokens: 'u64',
    cu_seqlens: 'u64',
    row_bytes: 'i64',
    batch: 'i32',
    seqlen: 'i32',
    total: 'i32',
    to_pad: 'i32',
  }),
  convert: paramsLayout({
    to: 'u64',
    from: 'u64',
    count: 'i64',
    element_to: 'i32',
    element_from: 'i32',
  }),
  fill_normal: paramsLayout({
    to: 'u64',
    count: 'i64',
    seed: 'u64',
    mean: 'f32',
    deviation: 'f32',
    element: 'i32',
    reserved: 'i32',
  }),
} as const
