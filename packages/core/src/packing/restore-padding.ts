import { checkTensor } from '../call/check-tensor.js'
import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { Dtype, TensorData } from '../tensor/dtype.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import { elementCount, shapeText } from '../tensor/shape.js'
import type { HostTensor } from '../tensor/tensor.js'

/**
 * Gives sequences their padding back, as zeros: (K, …) to (B, S, …). `tokenOffset`, int32 (B, S),
 * is that of `removePadding()`: token t goes to position `tokenOffset[t]`, and they ascend. Throws
 * `invalid-argument` and `buffer-not-stable`.
 */
export function restorePadding<D extends Dtype>(
  packed: HostTensor<D>,
  tokenOffset: HostTensor<'int32'>,
): HostTensor<D> {
  checkArguments(packed, tokenOffset)
  const [batch, seqlen] = tokenOffset.shape as [number, number]
  const [tokens, ...rowShape] = packed.shape as [number, ...number[]]
  const row = elementCount(rowShape)
  const padded = emptyTensor([batch, seqlen, ...rowShape], packed.dtype)
  const source: TensorData = packed.data
  const offsets = tokenOffset.data
  for (let begin = 0; begin < tokens; ) {
    const end = endOfRun(offsets, begin, tokens)
    const run = source.subarray(begin * row, end * row)
    ;(padded.data as Float32Array).set(run as Float32Array, offsets[begin]! * row)
    begin = end
  }
  return padded
}

/** Where the tokens from `begin` on cease to lie side by side in the padded sequences. */
function endOfRun(offsets: Int32Array, begin: number, tokens: number): number {
  let end = begin + 1
  while (end < tokens && offsets[end] === offsets[end - 1]! + 1) end++
  return end
}

const OPERATOR = 'restorePadding'

function checkArguments(packed: unknown, tokenOffset: unknown): void {
  const list = new FaultList()
  const known = [
    checkTensor(OPERATOR, 'packed', packed, list),
    checkTensor(OPERATOR, 'tokenOffset', tokenOffset, list),
  ]
  if (!known.includes(false)) {
    const tensors = { packed: packed as HostTensor, tokenOffset: tokenOffset as HostTensor }
    for (const [path, { location }] of Object.entries(tensors)) {
      list.require(location === 'host', path, 'a tensor on a device', 'a tensor on the host')
    }
    if (list.empty) offsetFaults(tensors.packed, tensors.tokenOffset, list)
  }
  if (!list.empty) throw invalidArgument(OPERATOR, list.faults)
}

function offsetFaults(packed: HostTensor, { dtype, shape, data }: HostTensor, list: FaultList) {
  const isInt = list.require(dtype === 'int32', 'tokenOffset.dtype', dtype, 'int32')
  const isRank = shape.length === 2
  if (!isRank) list.add('tokenOffset.shape', shapeText(shape), '(B, S)')
  const hasTokens = packed.shape.length >= 1
  if (!hasTokens) list.add('packed.shape', shapeText(packed.shape), '(K, …)')
  if (!isInt || !isRank || !hasTokens) return
  const positions = data.length
  const tokens = packed.shape[0]!
  const required = `at most ${positions}, B · S of tokenOffset`
  if (!list.require(tokens <= positions, 'packed.shape[0]', tokens, required)) return
  orderFault((data as Int32Array).subarray(0, tokens), positions, list)
}

/** Notes the first position that does not ascend, or is none. */
function orderFault(offsets: Int32Array, positions: number, list: FaultList): void {
  let last = -1
  for (let t = 0; t < offsets.length; t++) {
    const offset = offsets[t]!
    if (offset <= last || offset >= positions) {
      const required = `${last + 1} to ${positions - 1}`
      list.require(false, `tokenOffset[${t}]`, offset, required)
      return
    }
    last = offset
  }
}
