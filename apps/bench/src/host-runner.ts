import { type Attention, type BackendStatus, compareTensors, problemFlops } from '@attnkit/core'
import { BenchError, EXIT } from './exit-codes.js'
import { hostMachine } from './machine/host-machine.js'
import { openAttention } from './open-attention.js'
import { type OnnxruntimePeer, startOnnxruntimePeer } from './peers/onnxruntime-peer.js'
import type { ResultRow } from './report/result.js'
import { peerResult, resultRow } from './result-row.js'
import type { MeasuredRow, RunnerOptions, SuiteRunner } from './runner.js'
import { type HostSubject, hostSubject } from './subjects/host-subject.js'
import { normalValues } from './subjects/row-values.js'
import { type BenchShape, shapeLabel, shapeProblem } from './suites/bench-shape.js'
import { abba } from './timer/abba.js'

const TURN = { minMs: 60, minRuns: 3 } as const
/** After this, the threads of whoever was measured last have stopped spinning. */
const PAUSE_MS = 15
/** The reference is written to be right, not fast: larger rows would take minutes. */
const REFERENCE_MAX_FLOPS = 1e8
/** How far two float32 implementations may be apart. */
const PEER_TOLERANCE = { norm: 1e-5, max: 1e-4 } as const

interface Context {
  readonly attention: Attention
  readonly backends: readonly string[]
  readonly peer: OnnxruntimePeer | undefined
  readonly options: RunnerOptions
}

/** Measures rows on this processor, beside ONNX Runtime. */
export async function openHostRunner(options: RunnerOptions): Promise<SuiteRunner> {
  const attention = await openAttention({ threads: options.threads })
  const notes: string[] = []
  const backends = hostBackends(attention.backends, options.backends, notes)
  const peer = options.peers ? await findPeer(options.threads, notes) : undefined
  const status = attention.backends.find(({ name }) => name === backends[0])
  const context = { attention, backends, peer, options }
  return {
    machine: hostMachine(status, options.threads),
    versions: peer ? { onnxruntime: peer.version } : {},
    notes,
    measure: (shape) => measureShape(context, shape),
    close: () => {
      peer?.close()
      attention[Symbol.dispose]()
    },
  }
}

/** The backends asked for, else `cpu`, else the reference with a note that says why. */
function hostBackends(
  found: readonly BackendStatus[],
  wanted: readonly string[] | undefined,
  notes: string[],
): readonly string[] {
  for (const name of wanted ?? ['cpu']) {
    const status = found.find((backend) => backend.name === name)
    if (status?.status === 'ready') continue
    const why = status ? `${status.reason.code}: ${status.reason.found}` : 'no such backend'
    if (wanted) throw new BenchError(EXIT.unavailable, `${name} is not available: ${why}`)
    notes.push(`cpu is not available (${why}): the reference is measured, on small rows only`)
    return ['reference']
  }
  return wanted ?? ['cpu']
}

async function findPeer(threads: number, notes: string[]): Promise<OnnxruntimePeer | undefined> {
  try {
    return await startOnnxruntimePeer({ threads, turn: TURN })
  } catch (error) {
    notes.push(`no peer onnxruntime: ${error instanceof Error ? error.message : error}`)
    return undefined
  }
}

async function measureShape(context: Context, shape: BenchShape): Promise<MeasuredRow> {
  const { attention, options } = context
  const values = normalValues(shape, options.seed)
  const peer = await context.peer?.prepare(shape, values)
  const rows: ResultRow[] = []
  const notes: string[] = []
  for (const backend of context.backends) {
    const flops = problemFlops(shapeProblem(shape))
    if (backend === 'reference' && flops > REFERENCE_MAX_FLOPS) {
      notes.push(`${shapeLabel(shape)}: too large for the reference`)
      continue
    }
    const subject = await hostSubject(attention, backend, shape, values, {
      turn: TURN,
      seed: options.seed,
    })
    rows.push(await measureSubject(subject, peer, options.blocks))
  }
  return { rows, notes }
}

type PreparedPeer = Awaited<ReturnType<OnnxruntimePeer['prepare']>>

async function measureSubject(
  subject: HostSubject,
  peer: PreparedPeer | undefined,
  blocks: number,
): Promise<ResultRow> {
  const error = await subject.measureError()
  const callUs = await subject.measureCall()
  if (!peer) {
    const samples: number[] = []
    for (let block = 0; block < blocks; block++) samples.push(...(await subject.measureBlock()))
    return resultRow(subject, { samples, callUs, error, peers: {} })
  }
  requireSameOutput(subject, peer)
  const timed = await abba(subject, peer, { blocks, pauseMs: PAUSE_MS })
  const onnxruntime = peerResult(problemFlops(subject.problem), timed.peer, timed.ratios)
  return resultRow(subject, { samples: timed.ours, callUs, error, peers: { onnxruntime } })
}

/** Throws unless the peer computed what we did: a ratio of different work would mean nothing. */
function requireSameOutput(subject: HostSubject, peer: PreparedPeer): void {
  const { ok, relError } = compareTensors(subject.output.data, peer.output, PEER_TOLERANCE)
  if (!ok) throw new Error(`${peer.name} computes something else: they differ by ${relError}`)
}
