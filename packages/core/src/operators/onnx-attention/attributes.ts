import type {
  AttentionProblem,
  QkOutput,
  SoftmaxPrecision,
} from '../../problem/attention-problem.js'
import { MAX_SIZE } from '../../problem/problem-faults.js'
import type { Arguments } from '../read-arguments.js'

/** ONNX's number of each element type that the softmax may be asked for. */
const SOFTMAX_PRECISIONS: ReadonlyMap<number, SoftmaxPrecision> = new Map([
  [1, 'float32'],
  [10, 'float32'],
  [11, 'float64'],
  [16, 'float32'],
])

const QK_MODES: readonly QkOutput[] = ['scaled', 'softcapped', 'biased', 'probabilities']

type Read = Pick<
  AttentionProblem,
  'causal' | 'softcap' | 'softmaxPrecision' | 'qkOutput' | 'windowLeft' | 'windowRight'
> & {
  /** Null for 1/√H. */
  readonly scale: number | null
}

/** The attributes that shapes do not depend on, by O12 to O15 and O18. */
export function readAttributes({ attributes, list, requested }: Arguments): Read {
  const { isCausal, scale, softcap, softmaxPrecision, qkMatmulOutputMode: mode } = attributes
  const isScale = scale === undefined || (Number.isFinite(scale) && (scale as number) > 0)
  list.require(isScale, 'scale', scale, 'a finite number above 0, or nothing for 1/√H', 'O12')
  const isSoftcap = Number.isFinite(softcap) && (softcap as number) >= 0
  list.require(isSoftcap, 'softcap', softcap, 'a finite number, 0 or more', 'O13')
  const precision = SOFTMAX_PRECISIONS.get((softmaxPrecision ?? 1) as number)
  const precisions = [...SOFTMAX_PRECISIONS.keys()].join(', ')
  list.require(!!precision, 'softmaxPrecision', softmaxPrecision, `one of ${precisions}`, 'O14')
  const qkOutput = QK_MODES[mode as number]
  list.require(qkOutput !== undefined, 'qkMatmulOutputMode', mode, '0, 1, 2 or 3', 'O15')
  const causal = Boolean(isCausal)
  return {
    causal,
    scale: (scale as number | undefined) ?? null,
    softcap: softcap as number,
    softmaxPrecision: precision ?? 'float32',
    qkOutput: requested.has('qkMatmulOutput') ? (qkOutput ?? 'none') : 'none',
    windowLeft: readWindow(attributes, 'leftWindowSize', list),
    // Causal hides what comes behind the position anyway.
    windowRight: causal
      ? ignored(attributes, list)
      : readWindow(attributes, 'rightWindowSize', list),
  }
}

function readWindow(
  attributes: Arguments['attributes'],
  name: 'leftWindowSize' | 'rightWindowSize',
  list: Arguments['list'],
): number {
  const size = attributes[name] as number
  list.require(size >= -1, name, size, '-1 or more', 'O18')
  return Math.min(size, MAX_SIZE)
}

function ignored(attributes: Arguments['attributes'], list: Arguments['list']): -1 {
  readWindow(attributes, 'rightWindowSize', list)
  return -1
}
