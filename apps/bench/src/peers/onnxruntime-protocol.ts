import type { TurnOptions } from '../timer/time-turn.js'
import type { PeerCall } from './onnx-model.js'

/** What the child process of ONNX Runtime is asked. */
export type OnnxruntimeRequest =
  | { readonly op: 'hello' }
  | ({ readonly op: 'prepare'; readonly threads: number } & PeerCall)
  | { readonly op: 'measure'; readonly turn: TurnOptions }

export type OnnxruntimeAnswer =
  | { readonly ok: true; readonly op: 'hello'; readonly version: string }
  | { readonly ok: true; readonly op: 'prepare'; readonly output: Float32Array }
  | { readonly ok: true; readonly op: 'measure'; readonly samples: readonly number[] }
  | { readonly ok: false; readonly reason: string }
