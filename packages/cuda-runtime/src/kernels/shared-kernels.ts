import { type ParamType, paramsLayout } from './params-layout.js'

/** Numbers of the kernels, as `native/launch.cc` has them. */
export const SHARED_KERNELS = {
  appendCache: 0,
  padTokens: 1,
  convert: 2,
  fillNormal: 3,
  deriveIndices: 4,
} as const

/** Index tensors of one launch. */
export const MOST_DERIVED_INDICES = 4

/** Keys or values of a cache that is appended to. */
export const CACHE_PART = {
  present: 'u64',
  past: 'u64',
  rows: 'u64',
  batch_stride: 'i64',
  row_stride: 'i64',
  head_stride: 'i64',
  row_bytes: 'i64',
} as const

/** One of the tensors of such a launch. */
export const DERIVED_INDICES = {
  to: 'u64',
  from: 'u64',
  add: 'i32',
  least: 'i32',
  most: 'i32',
  count: 'i32',
  is_wide: 'i32',
  reserved: 'i32',
} as const

/** The members of a struct in another: each by the name of both. */
function members<N extends string, F extends Readonly<Record<string, ParamType>>>(
  name: N,
  fields: F,
) {
  const all = Object.entries(fields).map(([member, type]) => [`${name}.${member}`, type])
  return Object.fromEntries(all) as { readonly [M in keyof F & string as `${N}.${M}`]: F[M] }
}

/** Parameters of the kernels, as `native/kernels/params.h` has them. */
export const SHARED_LAYOUTS = {
  append_cache: paramsLayout({
    ...members('keys', CACHE_PART),
    ...members('values', CACHE_PART),
    past_seqlens: 'u64',
    batch: 'i32',
    heads: 'i32',
    past_seqlen: 'i32',
    new_rows: 'i32',
    past_rows: 'i32',
    present_rows: 'i32',
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
  derive_indices: paramsLayout({
    ...members('tensors[0]', DERIVED_INDICES),
    ...members('tensors[1]', DERIVED_INDICES),
    ...members('tensors[2]', DERIVED_INDICES),
    ...members('tensors[3]', DERIVED_INDICES),
    tensor_count: 'i32',
    reserved: 'i32',
  }),
} as const
