import {
  type AttentionProblem,
  type BoundProblem,
  type Capabilities,
  checkCapabilities,
  defineBackend,
  HOST,
  type HostBackend,
  type HostTensor,
} from '@attnkit/core'

const CAPABILITIES: Capabilities = {
  family: 'other',
  dtypes: ['float32'],
  headDim: { min: 1, max: 512, multipleOf: 1 },
  headDimV: { min: 1, max: 512, multipleOf: 1 },
  layouts: ['bsnh', 'bnsh', 'bsn2h', 'bsn3h'],
  masks: ['none'],
  additiveMask: false,
  attentionBias: false,
  projectionBias: false,
  causal: true,
  causalOffsetPerBatch: false,
  window: false,
  softcap: false,
  sinks: [],
  groupedQuery: true,
  varlen: false,
  past: false,
  qkOutputs: [],
  softmaxLse: false,
  maxSeqlen: 65_536,
}

/**
 * A backend as somebody else would write it, with nothing but what core exports: softmax(Q·Kᵀ)·V row
 * by row, causal or not. `shift` is added to the causal diagonal: anything but 0 makes it wrong.
 */
export function plainBackend(shift = 0): HostBackend {
  return defineBackend({
    name: 'plain',
    deviceType: 'host',
    capabilities: CAPABILITIES,
    availability: async () => ({ status: 'available', devices: [HOST], build: { version: '1.0' } }),
    supports: (problem, device) => ({
      reasons: checkCapabilities(problem, CAPABILITIES, device),
      notes: [],
    }),
    plan: () => ({
      variant: 'plain-rows',
      workspaceBytes: 0,
      execute: async (bound) => attend(bound, shift),
    }),
  })
}

function attend(bound: BoundProblem<HostTensor>, shift: number): void {
  const { batch, numHeads, seqlenQ } = bound.problem
  for (let b = 0; b < batch; b++) {
    for (let head = 0; head < numHeads; head++) {
      for (let row = 0; row < seqlenQ; row++) attendRow(bound, b, head, row, shift)
    }
  }
}

function attendRow(
  { problem, q, k, v, output }: BoundProblem<HostTensor>,
  b: number,
  head: number,
  row: number,
  shift: number,
): void {
  const keyHead = Math.floor(head / (problem.numHeads / problem.numHeadsKv))
  const query = vector(q, problem.q, b, row, head, problem.headDim)
  const keys = Array.from({ length: visibleKeys(problem, row, shift) }, (_, key) =>
    vector(k, problem.k, b, key, keyHead, problem.headDim),
  )
  const weights = softmax(keys.map((key) => dot(query, key) * problem.softmaxScale))
  const result = vector(output, problem.output, b, row, head, problem.headDimV).fill(0)
  for (const [key, weight] of weights.entries()) {
    const value = vector(v, problem.v, b, key, keyHead, problem.headDimV)
    for (let i = 0; i < result.length; i++) result[i]! += weight * value[i]!
  }
}

function visibleKeys(problem: AttentionProblem, row: number, shift: number): number {
  if (!problem.causal || problem.causalOffset === 'per-batch') return problem.seqlenK
  const end = row + problem.causalOffset + 1 + shift
  return Math.max(0, Math.min(problem.seqlenK, end))
}

function vector(
  tensor: HostTensor,
  view: AttentionProblem['q'],
  b: number,
  position: number,
  head: number,
  length: number,
): Float32Array {
  const { offset, batchStride, seqStride, headStride } = view
  const start = offset + b * batchStride + position * seqStride + head * headStride
  return (tensor.data as Float32Array).subarray(start, start + length)
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

function softmax(scores: readonly number[]): number[] {
  const top = Math.max(...scores)
  const exponentials = scores.map((score) => Math.exp(score - top))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return exponentials.map((value) => value / sum)
}
