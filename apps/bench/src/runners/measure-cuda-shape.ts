import { type Attention, problemFlops } from '@attnkit/core'
import type { CudaDevice } from '@attnkit/cuda-runtime'
import { messageOf } from '../message-of.js'
import type { TorchPeers, TorchRival } from '../peers/torch-peers.js'
import type { PeerResult, ResultRow } from '../report/result.js'
import { cudaSets } from '../subjects/cuda-sets.js'
import { cudaSubject } from '../subjects/cuda-subject.js'
import type { Subject } from '../subjects/subject.js'
import { type BenchShape, shapeLabel, shapeProblem } from '../suites/bench-shape.js'
import { blockRatios, interleave } from '../timer/interleave.js'
import { peerResult, resultRow } from './result-row.js'
import type { MeasuredRow, RunnerOptions } from './runner.js'

const NO_PEERS = { rivals: [], refusals: [] } as const

export interface CudaContext {
  readonly attention: Attention
  readonly device: CudaDevice
  readonly backends: readonly string[]
  /** Until their process has ended. */
  peers: TorchPeers | undefined
  readonly options: RunnerOptions
}

/** Measures one row on every backend, in turn with the peers that can run it. */
export async function measureCudaShape(
  context: CudaContext,
  shape: BenchShape,
): Promise<MeasuredRow> {
  const { attention, device, backends, options } = context
  const { seed, blockMs } = options
  const notes: string[] = []
  const made = await cudaSets(device, shape, seed)
  const subjects: Subject[] = []
  try {
    for (const backend of backends) {
      const given = { attention, device, backend, shape, sets: made.sets, seed, blockMs }
      subjects.push(await cudaSubject(given))
    }
    const rivals = await findRivals(context, shape, notes)
    return { rows: await measureSubjects(subjects, rivals, shape, options.blocks), notes }
  } finally {
    for (const subject of subjects) subject.dispose()
    made.dispose()
    await context.peers?.release()
  }
}

/** The peers that can run a row; what cannot is noted. */
async function findRivals(
  context: CudaContext,
  shape: BenchShape,
  notes: string[],
): Promise<readonly TorchRival[]> {
  const { seed, blockMs } = context.options
  try {
    const { rivals, refusals } = (await context.peers?.prepare(shape, seed, blockMs)) ?? NO_PEERS
    for (const { name, reason } of refusals) {
      notes.push(`${shapeLabel(shape)}: no ${name}: ${reason}`)
    }
    return rivals
  } catch (error) {
    notes.push(`from here on no PyTorch peers: ${messageOf(error)}`)
    context.peers?.close()
    context.peers = undefined
    return []
  }
}

async function measureSubjects(
  subjects: readonly Subject[],
  rivals: readonly TorchRival[],
  shape: BenchShape,
  blocks: number,
): Promise<ResultRow[]> {
  const flops = problemFlops(shapeProblem(shape))
  const taken = await interleave([...subjects, ...rivals], blocks)
  const rows: ResultRow[] = []
  for (const [index, subject] of subjects.entries()) {
    const ours = taken[index]!
    const peers = rivals.map((rival, place): [string, PeerResult] => {
      const theirs = taken[subjects.length + place]!
      return [rival.name, peerResult(flops, theirs.flat(), blockRatios(ours, theirs))]
    })
    const callUs = await subject.measureCall()
    const error = await subject.measureError()
    const measured = { samples: ours.flat(), callUs, error, peers: Object.fromEntries(peers) }
    rows.push(resultRow(subject, measured))
  }
  return rows
}
