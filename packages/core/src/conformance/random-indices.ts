import type { AttentionProblem, RotarySpec } from '../problem/attention-problem.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { tensorSpecs } from '../problem/tensor-specs.js'
import { emptyTensor, tensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'
import type { Random } from './random.js'
import { fillElements } from './write-elements.js'

/**
 * Random values for the index tensors of a problem: its mask, causal offsets, lengths of keys and pasts,
 * positions and cumulative lengths.
 */
export function randomIndices(
  problem: AttentionProblem,
  random: Random,
): Partial<Record<TensorRole, HostTensor>> {
  const { batch, causalOffset, varlen, format, seqlenQ, seqlenK, past, rotary } = problem
  const cuSeqlensQ = varlen ? randomStarts(batch, seqlenQ, random) : undefined
  const cuSeqlensK = format === 'QKV' ? cuSeqlensQ : varlen && randomStarts(batch, seqlenK, random)
  return {
    ...(problem.mask && { mask: randomMask(problem, random) }),
    ...(causalOffset === 'per-batch' && { causalOffset: randomOffsets(problem, random) }),
    ...(problem.keyLengths === 'per-batch' && {
      keyLengths: int32(randomLengths(problem, random)),
    }),
    ...(past?.perBatch && { pastSeqlens: int32(randomPasts(batch, past.seqlen, random)) }),
    ...(rotary?.positions && { positions: randomPositions(problem, rotary, random) }),
    ...(cuSeqlensQ && { cuSeqlensQ }),
    ...(cuSeqlensK && { cuSeqlensK }),
  }
}

function int32(values: readonly number[]): HostTensor<'int32'> {
  return tensor(Int32Array.from(values), [values.length])
}

/** Lengths from 0 to `longest`, one of them the longest, as cumulative lengths. */
function randomStarts(batch: number, longest: number, random: Random): HostTensor<'int32'> {
  const whole = random.integer(0, batch - 1)
  const starts = [0]
  for (let b = 0; b < batch; b++) {
    const length = b === whole ? longest : random.integer(0, longest)
    starts.push(starts[b]! + length)
  }
  return int32(starts)
}

function randomOffsets({ batch, seqlenQ, seqlenK }: AttentionProblem, random: Random) {
  const reach = Math.max(seqlenQ, seqlenK)
  const offsets = Array.from({ length: batch }, () => random.integer(-(reach >> 2), reach))
  return int32(offsets)
}

/** Lengths of 0, within the keys, and past them, which is legal and clamped. */
function randomLengths({ batch, seqlenK }: AttentionProblem, random: Random): readonly number[] {
  return Array.from({ length: batch }, () => random.integer(0, seqlenK + 2))
}

/** Pasts from 0 to `longest`, one of them the longest. */
function randomPasts(batch: number, longest: number, random: Random): readonly number[] {
  const whole = random.integer(0, batch - 1)
  return Array.from({ length: batch }, (_, b) =>
    b === whole ? longest : random.integer(0, longest),
  )
}

/** Positions in no order; within the tables where there are any. */
function randomPositions(
  { batch, seqlenQ, seqlenK }: AttentionProblem,
  { base, tableRows }: RotarySpec,
  random: Random,
): HostTensor {
  const rows = base === null ? tableRows : seqlenK + 9
  const positions = Array.from({ length: batch * seqlenQ }, () => random.integer(0, rows - 1))
  return tensor(Int32Array.from(positions), [batch, seqlenQ])
}

function randomMask(problem: AttentionProblem, random: Random): HostTensor {
  const { batch, seqlenK } = problem
  const { kind, dtype } = problem.mask!
  const ends = () => randomLengths(problem, random)
  if (kind === 'lengths') return int32(ends())
  if (kind === 'start-end') {
    // Starts below 0 are legal, and clamped.
    const starts = Array.from({ length: batch }, () => random.integer(-2, seqlenK >> 1))
    return int32([...ends(), ...starts])
  }
  const values = emptyTensor(tensorSpecs(problem).mask!.shape, dtype)
  const kept = random.pick([0.1, 0.5, 0.9])
  const [hidden, shown] = dtype === 'int32' || dtype === 'int64' ? [-1, 3] : [0, 1]
  fillElements(values, () =>
    random.chance(kept) ? random.integer(1, shown) : random.integer(hidden, 0),
  )
  return values
}
