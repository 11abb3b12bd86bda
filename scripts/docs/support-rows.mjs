const YES = 'yes'
const NO = '–'
/** A backend that takes heads this large takes any that a model has. */
const ANY_FROM = 2 ** 16

const yes = (value) => (value ? YES : NO)
const list = (values, none = NO) => (values.length > 0 ? values.join(', ') : none)

function headDims({ min, max, multipleOf }) {
  if (max >= ANY_FROM) return 'any'
  return `${min} to ${max}${multipleOf > 1 ? ` by ${multipleOf}` : ''}`
}

/** A line of the matrix: its title, and its cell for a backend and its capabilities. */
const LINES = [
  ['dtypes', (c) => list(c.dtypes)],
  ['head dim', (c) => headDims(c.headDim)],
  ['other head dim for V', (c) => (c.headDimV === 'equal' ? NO : headDims(c.headDimV))],
  ['layouts', (c) => list(c.layouts)],
  ['key padding masks', (c) => list(c.masks.filter((mask) => mask !== 'none'))],
  ['attention bias', (c) => yes(c.attentionBias)],
  ['projection bias', (c) => yes(c.projectionBias)],
  ['causal', (c) => (c.causal && c.causalOffsetPerBatch ? 'yes, per batch too' : yes(c.causal))],
  ['sliding window', (c) => yes(c.window)],
  ['softcap', (c) => yes(c.softcap)],
  ['sinks', (c) => list(c.sinks.filter((sink) => sink !== 'none'))],
  ['grouped queries', (c) => yes(c.groupedQuery)],
  ['varlen', (c) => yes(c.varlen)],
  ['key lengths', (c) => yes(c.keyLengths)],
  ['past and present', (c) => (c.past && c.pastPerBatch ? 'yes, per batch too' : yes(c.past))],
  ['norm of Q and K', (c) => yes(c.qkNorm)],
  ['rotary embedding', (c) => yes(c.rotary)],
  ['projection of `Attention`', (_, backend) => yes(backend.project)],
  ['softmax precision', (c) => list(c.softmaxPrecisions ?? ['float32'])],
  ['`qk` output', (c) => list(c.qkOutputs.filter((output) => output !== 'none'))],
  ['log-sum-exp', (c) => yes(c.softmaxLse)],
  [
    'device',
    (c) => (c.minComputeCapability ? `CUDA ${c.minComputeCapability.join('.')}+` : 'host'),
  ],
]

/**
 * The support matrix, one column a backend, from what the backends themselves declare.
 *
 * @param {{name: string, capabilities: object}[]} backends
 * @returns {string[][]} the header first
 */
export function supportRows(backends) {
  const header = ['', ...backends.map(({ name }) => `\`${name}\``)]
  const lines = LINES.map(([title, cell]) => [
    title,
    ...backends.map((backend) => cell(backend.capabilities, backend)),
  ])
  return [header, ...lines]
}
