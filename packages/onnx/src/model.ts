import type { Dtype, HostTensor } from '@attnkit/core'

/** What an attribute holds; null for a kind that no attention operator has, e.g. a graph. */
export type OnnxAttributeValue =
  | number
  | bigint
  | string
  | readonly (number | bigint)[]
  | readonly string[]
  | null

export interface OnnxAttribute {
  readonly name: string
  /** ONNX's name of the kind, e.g. `FLOAT` or `INTS`. */
  readonly type: string
  /** Integers are numbers where those are exact, else bigints. */
  readonly value: OnnxAttributeValue
}

/** One node of a graph. */
export interface OnnxNode {
  readonly name: string
  /** `ai.onnx` where the file leaves it empty. */
  readonly domain: string
  readonly opType: string
  /** Names of values; empty for an input that is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

/** An input or output of a graph. */
export interface OnnxValue {
  readonly name: string
  /** Null for an element type that attention does not have, and where the file does not say. */
  readonly dtype: Dtype | null
  /** A size, the name of one, or null where it is not known; null when not even the rank is. */
  readonly shape: readonly (number | string | null)[] | null
}

/** A tensor that is part of the model. */
export interface OnnxInitializer {
  readonly name: string
  /** Throws `invalid-argument` when it is none that attention could use. */
  read(): HostTensor
}

export interface OnnxGraph {
  readonly name: string
  readonly nodes: readonly OnnxNode[]
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  readonly initializers: readonly OnnxInitializer[]
}

/** A model as far as attention is concerned. */
export interface OnnxModel {
  /** What messages call it. */
  readonly file: string
  readonly irVersion: number
  readonly producer: string
  /** The version of each operator set that it uses, by domain; `ai.onnx` where the file leaves it empty. */
  readonly opsets: ReadonlyMap<string, number>
  readonly graph: OnnxGraph
}
