import { checkTensor } from '../call/check-tensor.js'
import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { Dtype, TensorData } from '../tensor/dtype.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import { elementCount, shapeText } from '../tensor/shape.js'
import { type HostTensor, isTensor } from '../tensor/tensor.js'
import { packedTokens } from './packed-tokens.js'

/**
 * Sequences without padding, as the packed operators take them. B sequences, S their padded length.
 */
export interface PackedSequences<D extends Dtype = Dtype> {
  /** The real tokens of all sequences, one after the other: (K, …). */
  readonly packed: HostTensor<D>
  /** int32 (B, S): the positions b·S + s of the real tokens, then those of the padding. */
  readonly tokenOffset: HostTensor<'int32'>
  /** int32 (B + 1): where each sequence begins in `packed`, and K. */
  readonly cumulativeSequenceLength: HostTensor<'int32'>
  /** The longest of the lengths. */
  readonly maxSeqlen: number
}

/**
 * Leaves the padding of sequences out. `padded` is (B, S, …) on the host, each sequence's real
 * tokens first; `lengths` says how many they are, from 0 to S. Throws `invalid-argument` and
 * `buffer-not-stable`.
 */
export function removePadding<D extends Dtype>(
  padded: HostTensor<D>,
  lengths: ArrayLike<number> | HostTensor<'int32'>,
): PackedSequences<D> {
  const counts = checkedLengths(padded, lengths)
  const [batch, seqlen] = padded.shape as [number, number]
  const { tokenOffset, cumulativeSequenceLength } = packedTokens(counts, seqlen)
  const starts = cumulativeSequenceLength.data
  const rowShape = padded.shape.slice(2)
  const row = elementCount(rowShape)
  const packed = emptyTensor([starts[batch]!, ...rowShape], padded.dtype)
  const source: TensorData = padded.data
  for (let b = 0; b < batch; b++) {
    const begin = b * seqlen * row
    const tokens = source.subarray(begin, begin + counts[b]! * row)
    ;(packed.data as Float32Array).set(tokens as Float32Array, starts[b]! * row)
  }
  const maxSeqlen = counts.reduce((most, count) => Math.max(most, count), 0)
  return { packed, tokenOffset, cumulativeSequenceLength, maxSeqlen }
}

const OPERATOR = 'removePadding'

function checkedLengths(padded: unknown, lengths: unknown): Int32Array {
  const list = new FaultList()
  const isPadded = checkTensor(OPERATOR, 'padded', padded, list)
  const counts = readLengths(lengths, list)
  if (isPadded) {
    const { location, shape } = padded
    list.require(location === 'host', 'padded', 'a tensor on a device', 'a tensor on the host')
    const isRank = shape.length >= 2
    if (!isRank) list.add('padded.shape', shapeText(shape), '(B, S, …)')
    if (isRank && counts !== null) lengthFaults(counts, shape as [number, number], list)
  }
  if (counts === null || !list.empty) throw invalidArgument(OPERATOR, list.faults)
  return Int32Array.from(counts)
}

function readLengths(lengths: unknown, list: FaultList): ArrayLike<number> | null {
  if (!isTensor(lengths)) {
    const isList = Array.isArray(lengths) || ArrayBuffer.isView(lengths)
    const required = 'a list of B lengths, or an int32 tensor on the host'
    return list.require(isList, 'lengths', lengths, required) ? (lengths as Int32Array) : null
  }
  if (!checkTensor(OPERATOR, 'lengths', lengths, list)) return null
  const { dtype, location } = lengths
  const isHost = list.require(location === 'host', 'lengths', location, 'a tensor on the host')
  const isInt = list.require(dtype === 'int32', 'lengths.dtype', dtype, 'int32')
  return isHost && isInt ? (lengths as HostTensor<'int32'>).data : null
}

function lengthFaults(
  lengths: ArrayLike<number>,
  [batch, seqlen]: readonly [number, number],
  list: FaultList,
): void {
  const required = `${batch}, B of padded`
  list.require(lengths.length === batch, 'lengths.length', lengths.length, required)
  for (let b = 0; b < lengths.length; b++) {
    const length = lengths[b]!
    const fits = Number.isInteger(length) && length >= 0 && length <= seqlen
    const path = `lengths[${b}]`
    if (!list.require(fits, path, length, `an integer from 0 to S, ${seqlen}`)) return
  }
}
