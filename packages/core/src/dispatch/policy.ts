/**
 * How a backend is chosen among those that can run a problem: `fastest` by measured or modelled time,
 * `onnxruntime` by the order and thresholds of ONNX Runtime, {@link only} a single one.
 */
export type Policy = 'fastest' | 'onnxruntime' | OnlyPolicy

export interface OnlyPolicy {
  readonly only: string
}

/** The policy that allows one backend, and is an error when that one cannot run the problem. */
export function only(backend: string): OnlyPolicy {
  return { only: backend }
}

/** The policy as it is shown. */
export function policyName(policy: Policy): string {
  return typeof policy === 'string' ? policy : `only(${policy.only})`
}
