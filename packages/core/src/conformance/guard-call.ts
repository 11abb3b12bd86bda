import type { BoundProblem } from '../backend/plan.js'
import type { TensorRole } from '../problem/attention-tensors.js'
import { presentHeads } from '../problem/present-heads.js'
import { tensorSpecs } from '../problem/tensor-specs.js'
import { sequences } from '../reference/sequences.js'
import { dtypeBytes } from '../tensor/dtype.js'
import { emptyTensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'
import { poison } from './random-tensors.js'

// Elements on each side: a whole cache line or more, and a multiple of what kernels write at once.
const GUARD = 256

/** A call whose output lies between guard bands, and the test of what it must not write. */
export interface GuardedCall {
  readonly bound: BoundProblem<HostTensor>
  /** Names of the tensors that were written where they must not be. */
  damaged(): readonly string[]
}

/** Elements [begin, end) of a tensor that have to stay as they are. */
interface Region {
  readonly name: string
  readonly tensor: HostTensor
  readonly begin: number
  readonly end: number
}

/**
 * Puts the output between bands of NaN, and remembers the inputs and the rows of a buffer behind the
 * keys. Outputs of sequences without padding keep their shape, and have no bands.
 */
export function guardCall(call: BoundProblem<HostTensor>): GuardedCall {
  const bound = call.problem.varlen ? call : withBands(call)
  const length = bound.output.data.length
  const bands = call.problem.varlen
    ? []
    : [
        { name: 'output', tensor: bound.output, begin: 0, end: GUARD },
        { name: 'output', tensor: bound.output, begin: length - GUARD, end: length },
      ]
  const regions = [...bands, ...inputRegions(bound), ...unusedRows(bound)]
  const before = regions.map((region) => Buffer.from(bytesOf(region)))
  const isDamaged = (region: Region, at: number) => !before[at]!.equals(bytesOf(region))
  return { bound, damaged: () => regions.filter(isDamaged).map(({ name }) => name) }
}

function bytesOf({ tensor, begin, end }: Region): Uint8Array {
  const { buffer, byteOffset } = tensor.data
  const size = dtypeBytes(tensor.dtype)
  return new Uint8Array(buffer, byteOffset + begin * size, (end - begin) * size)
}

function withBands(call: BoundProblem<HostTensor>): BoundProblem<HostTensor> {
  const { problem, output } = call
  const wide = emptyTensor([output.data.length + 2 * GUARD], output.dtype)
  poison(wide)
  const view = { ...problem.output, offset: problem.output.offset + GUARD }
  return { ...call, problem: { ...problem, output: view }, output: wide }
}

function inputRegions(bound: BoundProblem<HostTensor>): readonly Region[] {
  const outputs = new Set([bound.presentKey, bound.presentValue])
  return Object.entries(tensorSpecs(bound.problem)).flatMap(([name, { access }]) => {
    const tensor = bound[name as TensorRole]
    if (access === 'write' || tensor === undefined || outputs.has(tensor)) return []
    return [{ name, tensor, begin: 0, end: tensor.data.length }]
  })
}

/** The rows of present behind the keys of each batch entry. */
function unusedRows(bound: BoundProblem<HostTensor>): readonly Region[] {
  if (!bound.problem.present) return []
  const keys = sequences(bound).map((sequence) => sequence.keys)
  return (['presentKey', 'presentValue'] as const).flatMap((name) =>
    presentHeads(bound.problem, name).map(({ batch, dim, at, end }) => ({
      name,
      tensor: bound[name]!,
      begin: at + keys[batch]! * dim,
      end,
    })),
  )
}
