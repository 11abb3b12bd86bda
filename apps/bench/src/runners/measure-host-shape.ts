import { type Attention, compareTensors } from '@attnkit/core'
import { messageOf } from '../message-of.js'
import type { OnnxruntimePeer } from '../peers/onnxruntime-peer.js'
import type { PeerName, ResultRow } from '../report/result.js'
import { type HostSubject, hostSubject } from '../subjects/host-subject.js'
import { type RowValues, rowValues } from '../subjects/row-values.js'
import { type BenchShape, shapeFlops, shapeLabel } from '../suites/bench-shape.js'
import { abba } from '../timer/abba.js'
import type { Contestant } from '../timer/contestant.js'
import { interleave } from '../timer/interleave.js'
import { findOnnxruntime, HOST_TURN } from './find-peers.js'
import { peerResult, resultRow } from './result-row.js'
import type { MeasuredRow, RunnerOptions } from './runner.js'

/** After this, the threads of whoever was measured last have stopped spinning. */
const PAUSE_MS = 15
/** The reference is written to be right, not fast: larger rows would take minutes. */
const REFERENCE_MAX_FLOPS = 1e8
/** How far two float32 implementations may be apart. */
const PEER_TOLERANCE = { norm: 1e-5, max: 1e-4 } as const

export interface HostContext {
  readonly attention: Attention
  readonly backends: readonly string[]
  /** A new one after a crash. */
  peer: OnnxruntimePeer | undefined
  readonly options: RunnerOptions
}

/** Measures one row on every backend, beside ONNX Runtime where it runs. */
export async function measureHostShape(
  context: HostContext,
  shape: BenchShape,
): Promise<MeasuredRow> {
  const { attention, options } = context
  const { seed, blocks } = options
  const values = rowValues(shape, seed)
  const rows: ResultRow[] = []
  const notes: string[] = []
  const isHalf = shape.dtype !== 'float32'
  const onnxruntime = isHalf ? undefined : await preparePeer(context, shape, values, notes)
  for (const backend of context.backends) {
    const flops = shapeFlops(shape)
    if (backend === 'reference' && flops > REFERENCE_MAX_FLOPS) {
      notes.push(`${shapeLabel(shape)}: too large for the reference`)
      continue
    }
    const chosen = { turn: HOST_TURN, seed }
    const subject = await hostSubject(attention, backend, shape, values, chosen)
    if (onnxruntime) requireSameOutput(subject, onnxruntime)
    const float32 = { ...shape, dtype: 'float32' } as const
    const peer: Peer | undefined = isHalf
      ? ['own_float32', await hostSubject(attention, backend, float32, values, chosen)]
      : onnxruntime && ['onnxruntime', onnxruntime]
    rows.push(await measureSubject(subject, peer, blocks))
  }
  return { rows, notes }
}

/** What a row is measured beside: ONNX Runtime, or in the element types of two bytes our own float32. */
type Peer = readonly [name: PeerName, contestant: Contestant]

type PreparedPeer = Awaited<ReturnType<OnnxruntimePeer['prepare']>>

/** The peer with the row loaded; a row that it cannot run, or dies of, is noted. */
async function preparePeer(
  context: HostContext,
  shape: BenchShape,
  values: RowValues,
  notes: string[],
): Promise<PreparedPeer | undefined> {
  try {
    return await context.peer?.prepare(shape, values)
  } catch (error) {
    notes.push(`${shapeLabel(shape)}: no onnxruntime: ${messageOf(error)}`)
    context.peer?.close()
    context.peer = await findOnnxruntime(context.options.threads, notes)
    return undefined
  }
}

async function measureSubject(
  subject: HostSubject,
  peer: Peer | undefined,
  blocks: number,
): Promise<ResultRow> {
  const error = await subject.measureError()
  if (!peer) {
    const [ours] = await interleave([subject], blocks)
    const callUs = await subject.measureCall()
    return resultRow(subject, { samples: ours!.flat(), callUs, error, peers: {} })
  }
  const [name, contestant] = peer
  const timed = await abba(subject, contestant, { blocks, pauseMs: PAUSE_MS })
  const callUs = await subject.measureCall()
  const peers = { [name]: peerResult(shapeFlops(subject.shape), timed.peer, timed.ratios) }
  return resultRow(subject, { samples: timed.ours, callUs, error, peers })
}

/** Throws unless the peer computed what we did: a ratio of different work would mean nothing. */
function requireSameOutput(subject: HostSubject, peer: PreparedPeer): void {
  const { ok, relError } = compareTensors(
    subject.output.data as Float32Array,
    peer.output,
    PEER_TOLERANCE,
  )
  if (!ok) throw new Error(`${peer.name} computes something else: they differ by ${relError}`)
}
