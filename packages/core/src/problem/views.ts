/**
 * Where the vectors of (batch, sequence position, head) lie in a tensor, in elements. The last
 * dimension is contiguous. A packed format is only a view: it is read in place.
 */
export interface HeadView {
  readonly offset: number
  /** 0 for varlen, where `cuSeqlens` gives the start of each sequence. */
  readonly batchStride: number
  readonly seqStride: number
  readonly headStride: number
}

/**
 * Where the values for (batch, head, query, key) lie in a tensor, in elements. Keys are contiguous;
 * a stride of 0 broadcasts.
 */
export interface ScoreView {
  readonly offset: number
  readonly batchStride: number
  readonly headStride: number
  readonly rowStride: number
}
