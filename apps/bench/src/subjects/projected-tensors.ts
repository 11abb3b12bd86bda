import { type AttentionTensors, type HostTensor, reference } from '@attnkit/core'

/** The inputs of an operator that projects them to Q, K and V. */
export type ProjectedInputs = {
  readonly input: HostTensor
  readonly weights: HostTensor
  readonly bias: HostTensor
}

export function isProjected(inputs: object): inputs is ProjectedInputs {
  return 'weights' in inputs
}

/** The tensors of the attention after the projection, which the reference computes. */
export async function projectedTensors(
  { input, weights, bias }: ProjectedInputs,
  output: HostTensor,
): Promise<AttentionTensors<HostTensor>> {
  const [inputWidth, width] = weights.shape as [number, number]
  const tokens = input.data.length / inputWidth
  const projection = { dtype: 'float32', tokens, inputWidth, width } as const
  const product = await reference().project?.(projection, { input, weights }, 1)
  if (product === undefined) throw new Error('the reference does not project')
  return { q: product, k: product, v: product, projectionBias: bias, output }
}
