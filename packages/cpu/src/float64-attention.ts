import type { BoundProblem, Float64Outputs, HostTensor, RowIndex } from '@attnkit/core'
import type { CpuAddon } from './cpu-addon.js'
import { loadCpuAddon } from './load-cpu-addon.js'
import { packProblem } from './pack-problem.js'
import { tensorArrays } from './tensor-arrays.js'
import { untilDone } from './until-done.js'

/**
 * Attention in float64, as core's `computeReference`, on all cores: of the whole problem, or of the
 * rows given. Undefined when the native part is not there. Rejects with `invalid-argument` for tensors
 * that do not fit the problem and rows outside of it.
 */
export async function float64Attention(
  bound: BoundProblem<HostTensor>,
  rows?: readonly RowIndex[],
): Promise<Float64Outputs | undefined> {
  const cpu = loadCpuAddon()
  if (cpu.status === 'unavailable') return undefined
  return await computeFloat64(cpu.addon, bound, cpu.build.cores, rows)
}

/** {@link float64Attention} on so many threads. Plain inputs are read before this returns. */
export async function computeFloat64(
  addon: CpuAddon,
  bound: BoundProblem<HostTensor>,
  threads: number,
  rows?: readonly RowIndex[],
): Promise<Float64Outputs> {
  const { problem } = bound
  const list = rows && Float64Array.from(rows.flatMap((row) => [row.batch, row.head, row.query]))
  const outputs = rows ? sampledOutputs(bound, rows.length) : wholeOutputs(bound)
  const { output, softmaxLse, qk, presentKey, presentValue } = outputs
  const targets = [output, softmaxLse, qk, presentKey, presentValue]
  const values = packProblem(problem)
  const arrays = tensorArrays(bound)
  await untilDone(problem.operator, (done) => {
    addon.float64(values, arrays, list, targets, threads, done)
    return false
  })
  return outputs
}

function sampledOutputs({ problem }: BoundProblem<HostTensor>, rows: number): Float64Outputs {
  const { headDimV, seqlenK, qkOutput } = problem
  return {
    output: new Float64Array(rows * headDimV),
    softmaxLse: new Float64Array(rows),
    ...(qkOutput !== 'none' && { qk: new Float64Array(rows * seqlenK) }),
  }
}

function wholeOutputs(bound: BoundProblem<HostTensor>): Float64Outputs {
  const { batch, seqlenQ, seqlenK, numHeads, numHeadsKv, headDim, headDimV, ...problem } =
    bound.problem
  const tokens = problem.varlen ? lastOf(bound.cuSeqlensQ) : batch * seqlenQ
  const keys = batch * numHeadsKv * seqlenK
  return {
    output: new Float64Array(tokens * numHeads * headDimV),
    ...(problem.softmaxLse && { softmaxLse: new Float64Array(tokens * numHeads) }),
    ...(problem.qkOutput !== 'none' && {
      qk: new Float64Array(batch * numHeads * seqlenQ * seqlenK),
    }),
    ...(problem.present && {
      presentKey: new Float64Array(keys * headDim),
      presentValue: new Float64Array(keys * headDimV),
    }),
  }
}

function lastOf(starts: HostTensor | undefined): number {
  return Math.max(0, Number(starts?.data.at(-1) ?? 0))
}
