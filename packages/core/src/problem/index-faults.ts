import type { Fault } from '../errors/attention-error.js'
import { FaultList } from '../errors/fault-list.js'
import type { HostTensor, Tensor } from '../tensor/tensor.js'
import type { AttentionProblem } from './attention-problem.js'
import type { AttentionTensors } from './attention-tensors.js'

/**
 * What is wrong with the values of the index tensors that are on the host: lengths and ends must be
 * 0 or more (past the keys is clamped, and so are starts), lengths of pasts at most the problem's, positions
 * inside the rotary tables; cumulative lengths begin at 0, never decrease, and make no sequence longer than
 * the problem says.
 */
export function indexFaults(
  problem: AttentionProblem,
  tensors: Partial<AttentionTensors>,
): readonly Fault[] {
  const list = new FaultList()
  const { mask, batch, seqlenQ, seqlenK, varlen, past, rotary } = problem
  if (mask?.kind === 'lengths' || mask?.kind === 'start-end') {
    lengthFaults('mask', hostInt32(tensors.mask)?.subarray(0, batch), list)
  }
  if (problem.keyLengths === 'per-batch') {
    lengthFaults('keyLengths', hostInt32(tensors.keyLengths)?.subarray(0, batch), list)
  }
  if (past?.perBatch) {
    rangeFaults(
      'pastSeqlens',
      hostInt32(tensors.pastSeqlens)?.subarray(0, batch),
      past.seqlen,
      list,
    )
  }
  if (rotary?.positions && rotary.base === null) {
    const positions = hostInt32(tensors.positions)?.subarray(0, batch * seqlenQ)
    rangeFaults('positions', positions, rotary.tableRows - 1, list)
  }
  if (varlen) {
    const all = [0, batch + 1] as const
    startFaults('cuSeqlensQ', hostInt32(tensors.cuSeqlensQ), all, seqlenQ, list)
    startFaults('cuSeqlensK', hostInt32(tensors.cuSeqlensK), all, seqlenK, list)
  }
  return list.faults
}

/** The values of an int32 tensor that is on the host. */
export function hostInt32(tensor: Tensor | undefined): Int32Array | undefined {
  if (tensor?.location !== 'host' || tensor.dtype !== 'int32') return undefined
  return (tensor as HostTensor<'int32'>).data
}

/** Notes the first length below 0. */
export function lengthFaults(
  path: string,
  lengths: Int32Array | undefined,
  list: FaultList,
  rule?: string,
): void {
  const at = lengths?.findIndex((length) => length < 0) ?? -1
  if (at >= 0) list.require(false, `${path}[${at}]`, lengths?.[at], '0 or more', rule)
}

/** Notes the first value that is not from 0 to `most`. */
function rangeFaults(
  path: string,
  values: Int32Array | undefined,
  most: number,
  list: FaultList,
  rule?: string,
): void {
  const at = values?.findIndex((value) => value < 0 || value > most) ?? -1
  if (at >= 0) list.require(false, `${path}[${at}]`, values?.[at], `0 to ${most}`, rule)
}

/**
 * Notes the first place where the values [begin, end) are no cumulative lengths, or a sequence is
 * longer than `longest`.
 */
export function startFaults(
  path: string,
  values: Int32Array | undefined,
  [begin, end]: readonly [number, number],
  longest: number,
  list: FaultList,
  rule?: string,
): void {
  if (values === undefined || begin >= end) return
  list.require(values[begin] === 0, `${path}[${begin}]`, values[begin], '0', rule)
  for (let at = begin + 1; at < end; at++) {
    const before = values[at - 1]!
    const ok = values[at]! >= before && values[at]! - before <= longest
    const required = Number.isFinite(longest)
      ? `${before} to ${before + longest}`
      : `at least ${before}`
    if (!list.require(ok, `${path}[${at}]`, values[at], required, rule)) return
  }
}
