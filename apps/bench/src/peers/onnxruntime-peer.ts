import { type ChildProcess, fork } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { RowValues } from '../subjects/row-values.js'
import { type BenchShape, elementsOfQuery } from '../suites/bench-shape.js'
import type { Contestant } from '../timer/contestant.js'
import type { TurnOptions } from '../timer/time-turn.js'
import { peerCall } from './onnx-model.js'
import type { OnnxruntimeAnswer, OnnxruntimeRequest } from './onnxruntime-protocol.js'

/** ONNX Runtime on the CPU. Made by {@link startOnnxruntimePeer}. */
export interface OnnxruntimePeer {
  readonly version: string
  /** Loads a row; `output` is what it computes for it. */
  prepare(
    shape: BenchShape,
    values: RowValues,
  ): Promise<Contestant & { readonly output: Float32Array }>
  close(): void
}

type Answered<Op extends OnnxruntimeRequest['op']> = Extract<OnnxruntimeAnswer, { op: Op }>

function exchange(child: ChildProcess, request: OnnxruntimeRequest): Promise<OnnxruntimeAnswer> {
  return new Promise((resolve, reject) => {
    const settle = (act: () => void) => (): void => {
      child.off('message', onMessage)
      child.off('exit', onExit)
      act()
    }
    const onMessage = (answer: unknown): void =>
      settle(() => resolve(answer as OnnxruntimeAnswer))()
    const onExit = (code: number | null, signal: string | null): void =>
      settle(() => reject(new Error(`its process ended (${signal ?? code})`)))()
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.send(request)
  })
}

async function ask<Op extends OnnxruntimeRequest['op']>(
  child: ChildProcess,
  request: Extract<OnnxruntimeRequest, { op: Op }>,
): Promise<Answered<Op>> {
  const answer = await exchange(child, request)
  if (!answer.ok) throw new Error(answer.reason)
  return answer as Answered<Op>
}

/** The built child beside this file, or beside the folder `src` when this runs from the sources. */
function childScript(): string {
  const places = ['./onnxruntime-child.js', '../../dist/onnxruntime-child.js']
  const found = places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((path) => existsSync(path))
  if (!found) throw new Error('this build has no onnxruntime-child.js')
  return found
}

/** Starts ONNX Runtime in a child process. Rejects with the reason when it cannot be loaded. */
export async function startOnnxruntimePeer(options: {
  readonly threads: number
  readonly turn: TurnOptions
}): Promise<OnnxruntimePeer> {
  const { threads, turn } = options
  const child = fork(childScript(), { serialization: 'advanced' })
  try {
    const { version } = await ask<'hello'>(child, { op: 'hello' })
    return {
      version,
      prepare: async (shape, values) => {
        const call = peerCall(shape, values)
        const { output } = await ask<'prepare'>(child, { op: 'prepare', threads, ...call })
        if (output.length !== elementsOfQuery(shape)) throw new Error('its output has another size')
        return {
          name: 'onnxruntime',
          output,
          measureBlock: async () => (await ask<'measure'>(child, { op: 'measure', turn })).samples,
        }
      },
      close: () => child.kill(),
    }
  } catch (error) {
    child.kill()
    throw error
  }
}
