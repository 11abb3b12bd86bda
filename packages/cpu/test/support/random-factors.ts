import {
  fromFloat64,
  type HostTensor,
  type Projection,
  type ProjectionTensors,
  tensor,
  toFloat64,
} from '@attnkit/core'
import type { Random } from '@attnkit/core/conformance'
import { hostTensor } from '../../src/host-tensor.js'

/** Gaussian factors of a projection, in plain JavaScript memory. */
export function randomFactors(
  { dtype, tokens, inputWidth, width }: Projection,
  random: Random,
): ProjectionTensors<HostTensor> {
  const make = (...shape: [number, number]): HostTensor => {
    const numbers = Float64Array.from({ length: shape[0] * shape[1] }, () => random.normal())
    return tensor(fromFloat64(numbers, dtype), shape, dtype)
  }
  return { input: make(tokens, inputWidth), weights: make(inputWidth, width) }
}

/** The same factors in memory of native code. */
export function inNativeMemory({
  input,
  weights,
}: ProjectionTensors<HostTensor>): ProjectionTensors<HostTensor> {
  const copy = (tensor: HostTensor): HostTensor => {
    const held = hostTensor(tensor.shape, tensor.dtype)
    ;(held.data as Float32Array).set(tensor.data as Float32Array)
    return held
  }
  return { input: copy(input), weights: copy(weights) }
}

/** The product in float64, row by row. */
export function exactProduct(
  { tokens, inputWidth, width }: Projection,
  factors: ProjectionTensors<HostTensor>,
): Float64Array {
  const [input, weights] = [toFloat64(factors.input), toFloat64(factors.weights)]
  const product = new Float64Array(tokens * width)
  for (let token = 0; token < tokens; token++) {
    for (let i = 0; i < inputWidth; i++) {
      const factor = input[token * inputWidth + i]!
      for (let j = 0; j < width; j++) {
        product[token * width + j]! += factor * weights[i * width + j]!
      }
    }
  }
  return product
}
