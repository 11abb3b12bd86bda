import { OPERATORS, type OperatorDefinition } from '@attnkit/core'

/** The domain of ONNX's own operators, which files mostly leave empty. */
export const ONNX_DOMAIN = 'ai.onnx'

/** The version of an operator set in which its operator came, where that is not 1. */
const FIRST_VERSIONS: Readonly<Record<string, number>> = { 'ai.onnx::Attention': 23 }

/** The attention operator that a node names; undefined for any other. ONNX Runtime's have plain names. */
export function findOperator(domain: string, opType: string): OperatorDefinition | undefined {
  const name = domain === 'com.microsoft' ? opType : `${domain}::${opType}`
  const definition = OPERATORS.get(name)
  return definition?.domain === domain ? definition : undefined
}

/** From which version of its operator set on an operator exists. */
export function firstVersion({ name }: OperatorDefinition): number {
  return FIRST_VERSIONS[name] ?? 1
}

/** ONNX's name of an operator, e.g. `Attention` of `ai.onnx::Attention`. */
export function opTypeOf({ name }: OperatorDefinition): string {
  return name.slice(name.lastIndexOf(':') + 1)
}

/** `numHeads` → `num_heads`: an attribute as ONNX names it. */
export function onnxName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
}
