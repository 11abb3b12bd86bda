import type { TurnOptions } from '../timer/time-turn.js'
import type { ModelShape } from './onnx-model.js'

/** What the child process of ONNX Runtime is asked. */
export type OnnxruntimeRequest =
  | { readonly op: 'hello' }
  | {
      readonly op: 'prepare'
      readonly shape: ModelShape
      readonly threads: number
      /** Each (B, S, N·H). */
      readonly query: Float32Array
      readonly key: Float32Array
      readonly value: Float32Array
    }
  | { readonly op: 'measure'; readonly turn: TurnOptions }

export type OnnxruntimeAnswer =
  | { readonly ok: true; readonly op: 'hello'; readonly version: string }
  | { readonly ok: true; readonly op: 'prepare'; readonly output: Float32Array }
  | { readonly ok: true; readonly op: 'measure'; readonly samples: readonly number[] }
  | { readonly ok: false; readonly reason: string }
