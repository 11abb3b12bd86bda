/**
 * ONNX Runtime in a process of its own: its threads spin for a while after each run and would slow down
 * whatever else is measured in the same process.
 */
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { timeTurn } from '../timer/time-turn.js'
import type { OnnxruntimeAnswer, OnnxruntimeRequest } from './onnxruntime-protocol.js'

type Prepare = Extract<OnnxruntimeRequest, { op: 'prepare' }>

interface Loaded {
  readonly session: InferenceSession
  readonly feeds: Readonly<Record<string, Tensor>>
}

/** What is handed to JavaScript: not the cache, which is large. */
const OUTPUTS = ['output']

let loaded: Loaded | undefined

async function prepare({ model, feeds, threads }: Prepare): Promise<Float32Array> {
  const ort = await import('onnxruntime-node')
  await loaded?.session.release()
  const session = await ort.InferenceSession.create(model, { intraOpNumThreads: threads })
  const tensors = Object.entries(feeds).map(([name, { data, dims }]) => [
    name,
    data instanceof Int32Array
      ? new ort.Tensor('int32', data, dims)
      : new ort.Tensor('float32', data, dims),
  ])
  loaded = { session, feeds: Object.fromEntries(tensors) }
  const { output } = await session.run(loaded.feeds, OUTPUTS)
  return output!.data as Float32Array
}

async function answer(request: OnnxruntimeRequest): Promise<OnnxruntimeAnswer> {
  if (request.op === 'hello') {
    const { env } = await import('onnxruntime-node')
    return { ok: true, op: 'hello', version: env.versions.node ?? 'unknown' }
  }
  if (request.op === 'prepare') {
    return { ok: true, op: 'prepare', output: await prepare(request) }
  }
  if (!loaded) return { ok: false, reason: 'nothing is prepared' }
  const { session, feeds } = loaded
  const samples = await timeTurn(() => session.run(feeds, OUTPUTS), request.turn)
  return { ok: true, op: 'measure', samples }
}

process.on('message', (request: OnnxruntimeRequest) => {
  answer(request)
    .catch((error: unknown): OnnxruntimeAnswer => ({ ok: false, reason: String(error) }))
    .then((reply) => process.send?.(reply))
})
