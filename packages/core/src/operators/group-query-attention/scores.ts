import type { AttentionProblem, QkOutput } from '../../problem/attention-problem.js'
import { MAX_SIZE } from '../../problem/problem-faults.js'
import type { Arguments } from '../read-arguments.js'
import { requireRank, requireSize } from '../shape-rules.js'
import type { Form } from './forms.js'

const QK_OUTPUTS: readonly QkOutput[] = ['none', 'biased', 'probabilities']

type Read = Pick<AttentionProblem, 'causal' | 'windowLeft' | 'softcap' | 'sink' | 'qkOutput'>

/** What is done to the scores, by G16, G17, G22 and E15. */
export function readScores(args: Arguments, form: Form | null): Read {
  const { attributes, list } = args
  const softcap = attributes.softcap as number
  const isSoftcap = Number.isFinite(softcap) && softcap >= 0
  list.require(isSoftcap, 'softcap', softcap, 'a finite number, 0 or more', 'E15')
  return {
    causal: Boolean(attributes.causal),
    windowLeft: readWindow(args),
    softcap,
    sink: readSink(args, form),
    qkOutput: readQkOutput(args),
  }
}

/** A window counts the query's own key, and the problem's only those before it. */
function readWindow({ attributes, list }: Arguments): number {
  const size = attributes.localWindowSize as number
  const isCausal = Boolean(attributes.causal)
  const isSize = size >= -1 && (isCausal || size <= 0)
  const required = isCausal ? '-1 or more' : '-1 or 0 without causal'
  list.require(isSize, 'localWindowSize', size, required, 'G22')
  const slides = Boolean(attributes.slidingWindowCache)
  list.require(!slides || size > 0, 'localWindowSize', size, 'above 0 for a cache of it', 'G22')
  return Math.min(Math.max(size - 1, -1), MAX_SIZE)
}

function readSink(args: Arguments, form: Form | null): AttentionProblem['sink'] {
  const { attributes, given, specs, list } = args
  const smooth = attributes.smoothSoftmax as number
  list.require([-1, 0, 1].includes(smooth), 'smoothSoftmax', smooth, '-1, 0 or 1', 'E15')
  const name = 'headSink'
  const spec = specs.get(name)
  if (spec && requireRank(args, name, spec, [1], 'G16') && form !== null) {
    requireSize(args, name, 0, form.numHeads, 'numHeads', 'G16')
  }
  if (given.has(name)) return 'per-head'
  return smooth === 1 ? 'zero' : 'none'
}

function readQkOutput({ attributes, requested, list }: Arguments): QkOutput {
  const mode = attributes.qkOutput as number
  const output = QK_OUTPUTS[mode]
  if (!list.require(output !== undefined, 'qkOutput', mode, '0, 1 or 2', 'G17')) return 'none'
  const isAsked = requested.has('outputQk')
  const found = isAsked ? 'asked for' : 'not asked for'
  const required = mode === 0 ? 'not asked for with qkOutput 0' : `asked for with qkOutput ${mode}`
  if (isAsked !== (mode !== 0)) list.add('outputs.outputQk', found, required, 'G17')
  return output ?? 'none'
}
