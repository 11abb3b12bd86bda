import { type Attention, problemFlops } from '@attnkit/core'
import { type CudaDevice, cudaRuntime } from '@attnkit/cuda-runtime'
import { BenchError, EXIT } from './exit-codes.js'
import { cudaMachine } from './machine/cuda-machine.js'
import { openAttention } from './open-attention.js'
import { startTorchPeers, type TorchPeers, type TorchRival } from './peers/torch-peers.js'
import { torchScript } from './peers/torch-script.js'
import type { PeerResult, ResultRow } from './report/result.js'
import { peerResult, resultRow } from './result-row.js'
import type { MeasuredRow, RunnerOptions, SuiteRunner } from './runner.js'
import { cudaSets } from './subjects/cuda-sets.js'
import { cudaSubject } from './subjects/cuda-subject.js'
import type { Subject } from './subjects/subject.js'
import { type BenchShape, shapeLabel, shapeProblem } from './suites/bench-shape.js'
import type { Contestant } from './timer/contestant.js'
import { interleave } from './timer/interleave.js'

const NO_PEERS = { rivals: [], refusals: [] } as const

interface Context {
  readonly attention: Attention
  readonly device: CudaDevice
  readonly backends: readonly string[]
  /** Until their process has ended. */
  peers: TorchPeers | undefined
  readonly options: RunnerOptions
}

/** Measures rows on the first GPU, beside PyTorch's kernels. */
export async function openCudaRunner(options: RunnerOptions): Promise<SuiteRunner> {
  const runtime = await cudaRuntime()
  if (runtime.status === 'unavailable') {
    const { code, found, required } = runtime.reason
    throw new BenchError(EXIT.unavailable, `no GPU: ${code}: found ${found}, required ${required}`)
  }
  const device = runtime.devices[0]!
  const attention = await openAttention()
  const backends = cudaBackends(attention, options.backends)
  const notes: string[] = []
  const peers = options.peers ? await findPeers(options.python, notes) : undefined
  const context: Context = { attention, device, backends, peers, options }
  return {
    machine: await cudaMachine(device),
    versions: peers?.versions ?? {},
    notes,
    measure: (shape) => measureShape(context, shape),
    close: () => {
      context.peers?.close()
      attention[Symbol.dispose]()
    },
  }
}

/** The backends asked for, or every one that is ready on a GPU. */
function cudaBackends(
  { backends }: Attention,
  wanted: readonly string[] | undefined,
): readonly string[] {
  const ready = backends
    .filter((status) => status.status === 'ready' && status.devices[0]?.type === 'cuda')
    .map(({ name }) => name)
  const missing = wanted?.filter((name) => !ready.includes(name)) ?? []
  if (missing.length === 0 && ready.length > 0) return wanted ?? ready
  const reasons = backends.flatMap((status) =>
    'reason' in status ? [`${status.name}: ${status.reason.code}: ${status.reason.found}`] : [],
  )
  const what = missing.length > 0 ? missing.join(', ') : 'a CUDA backend'
  throw new BenchError(EXIT.unavailable, `${what} is not ready\n${reasons.join('\n')}`)
}

async function findPeers(python: string, notes: string[]): Promise<TorchPeers | undefined> {
  try {
    return await startTorchPeers(python, torchScript())
  } catch (error) {
    notes.push(`no PyTorch peers: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

async function measureShape(context: Context, shape: BenchShape): Promise<MeasuredRow> {
  const { attention, device, backends, options } = context
  const { seed, blockMs } = options
  const notes: string[] = []
  const made = await cudaSets(device, shape, seed)
  const subjects: Subject[] = []
  try {
    for (const backend of backends) {
      const { sets } = made
      const given = { attention, device, backend, shape, sets, seed, blockMs }
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
  context: Context,
  shape: BenchShape,
  notes: string[],
): Promise<TorchRival[]> {
  const { seed, blockMs } = context.options
  try {
    const { rivals, refusals } = (await context.peers?.prepare(shape, seed, blockMs)) ?? NO_PEERS
    for (const { name, reason } of refusals) {
      notes.push(`${shapeLabel(shape)}: no ${name}: ${reason}`)
    }
    return [...rivals]
  } catch (error) {
    notes.push(`from here on no PyTorch peers: ${error instanceof Error ? error.message : error}`)
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
  const contestants: Contestant[] = [...subjects, ...rivals]
  const samples = await interleave(contestants, blocks)
  const results = rivals.map((rival, index): [string, PeerResult] => {
    return [rival.name, peerResult(flops, samples[subjects.length + index]!)]
  })
  const peers = Object.fromEntries(results)
  const rows: ResultRow[] = []
  for (const [index, subject] of subjects.entries()) {
    const callUs = await subject.measureCall()
    const error = await subject.measureError()
    rows.push(resultRow(subject, { samples: samples[index]!, callUs, error, peers }))
  }
  return rows
}
