import { compareTensors, type HostTensor, TOLERANCES } from '@attnkit/core'

// Both compute in float32, each as far from the truth as this.
const TOLERANCE = { norm: 2 * TOLERANCES.float32.norm, max: 2 * TOLERANCES.float32.max }

/** float32's lowest finite number, which ONNX Runtime shows where the specification has -Infinity. */
const LOWEST = -(2 - 2 ** -23) * 2 ** 127

/**
 * How a float32 output differs from ONNX Runtime's, in the elements that `isDefined`; empty where it does not.
 * The elements as a whole are held to the tolerance of a problem's output.
 */
export function outputFaults(
  name: string,
  actual: HostTensor | undefined,
  expected: Float32Array,
  isDefined: (index: number) => boolean = () => true,
): readonly string[] {
  const got = actual?.data as Float32Array | undefined
  if (got?.length !== expected.length) return [`${name}: ${got?.length} elements`]
  const pairs = { actual: [] as number[], expected: [] as number[] }
  for (let i = 0; i < expected.length; i++) {
    if (!isDefined(i)) continue
    const [value, wanted] = [got[i]!, expected[i]!]
    const isHidden = wanted === Number.NEGATIVE_INFINITY || wanted <= LOWEST
    if (isHidden && value !== Number.NEGATIVE_INFINITY && value > LOWEST) {
      return [`${name}[${i}]: ${value} instead of ${wanted}`]
    }
    pairs.actual.push(isHidden ? 0 : value)
    pairs.expected.push(isHidden ? 0 : wanted)
  }
  const { ok, relError, maxError } = compareTensors(pairs.actual, pairs.expected, TOLERANCE)
  return ok ? [] : [`${name}: relative norm ${relError}, largest error ${maxError}`]
}
