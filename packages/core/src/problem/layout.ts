/**
 * How queries, keys and values lie in memory: `bsnh` and `bnsh` are three tensors, `bsn2h` is Q and
 * packed K and V, `bsn3h` is all three packed, `tnh` and `tn3h` are the same without padding, tokens
 * of all sequences one after the other.
 */
export const LAYOUTS = ['bsnh', 'bnsh', 'bsn3h', 'bsn2h', 'tnh', 'tn3h'] as const
export type Layout = (typeof LAYOUTS)[number]

/** The input formats of ONNX Runtime's benchmark: separate tensors, packed KV, packed QKV. */
export const FORMATS = ['Q,K,V', 'Q,KV', 'QKV'] as const
export type Format = (typeof FORMATS)[number]

/** The format that a layout belongs to. */
export function formatOf(layout: Layout): Format {
  if (layout === 'bsn3h' || layout === 'tn3h') return 'QKV'
  return layout === 'bsn2h' ? 'Q,KV' : 'Q,K,V'
}
