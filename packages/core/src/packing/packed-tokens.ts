import { tensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'

/** How the tokens of sequences of `lengths` are ordered without padding to `seqlen`. */
export function packedTokens(
  lengths: Int32Array,
  seqlen: number,
): {
  readonly tokenOffset: HostTensor<'int32'>
  readonly cumulativeSequenceLength: HostTensor<'int32'>
} {
  const batch = lengths.length
  const starts = new Int32Array(batch + 1)
  for (let b = 0; b < batch; b++) starts[b + 1] = starts[b]! + lengths[b]!
  const offsets = new Int32Array(batch * seqlen)
  let real = 0
  let padding = starts[batch]!
  for (let b = 0; b < batch; b++) {
    for (let s = 0; s < seqlen; s++) {
      offsets[s < lengths[b]! ? real++ : padding++] = b * seqlen + s
    }
  }
  return {
    tokenOffset: tensor(offsets, [batch, seqlen]),
    cumulativeSequenceLength: tensor(starts, [batch + 1]),
  }
}
