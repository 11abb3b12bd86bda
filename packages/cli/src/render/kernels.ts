import type { Capabilities, HeadDimRange } from '@attnkit/core'
import type { KernelsBackend } from '../commands/kernels/kernels.js'
import type { Style } from './style.js'
import { table } from './table.js'

/** The capability tables of backends, one after the other. */
export function kernelsLines(backends: readonly KernelsBackend[], style: Style): string[] {
  return backends.flatMap(({ name, status, capabilities }, index) => [
    ...(index === 0 ? [] : ['']),
    `${style.strong(name)}  ${status.replace('-', ' ')}`,
    ...(capabilities === null ? [] : capabilityLines(capabilities)),
  ])
}

function capabilityLines(capabilities: Capabilities): string[] {
  const { variants = [], tunedDevices = {}, minComputeCapability: minimum } = capabilities
  const tuned = Object.entries(tunedDevices).map(([key, { name }]) => `${key} (${name})`)
  const rows: [string, string][] = [
    ['dtypes', capabilities.dtypes.join(' ')],
    ['head dim', rangeText(capabilities.headDim)],
    [
      'head dim of V',
      capabilities.headDimV === 'equal' ? 'that of Q' : rangeText(capabilities.headDimV),
    ],
    ['layouts', capabilities.layouts.join(' ')],
    ['masks', masksText(capabilities)],
    ['features', featureNames(capabilities).join(', ') || 'none'],
    ['sinks', capabilities.sinks.join(' ')],
    ['qk outputs', capabilities.qkOutputs.join(' ')],
    ['softmax precisions', (capabilities.softmaxPrecisions ?? ['float32']).join(' ')],
    ['longest sequence', String(capabilities.maxSeqlen)],
    ...(minimum
      ? [['compute capability', `${minimum.join('.')} and newer`] as [string, string]]
      : []),
    ...(tuned.length > 0 ? [['tuned for', tuned.join(', ')] as [string, string]] : []),
  ]
  const kernels = variants.map(({ name, serves }) => [name, serves])
  return [
    ...table(rows, '  '),
    ...(kernels.length > 0 ? ['  kernels', ...table(kernels, '    ')] : []),
  ]
}

function rangeText({ min, max, multipleOf }: HeadDimRange): string {
  const steps = multipleOf === 1 ? '' : ` in steps of ${multipleOf}`
  return `${min} to ${max}${steps}`
}

function masksText({ masks, additiveMask }: Capabilities): string {
  return masks.join(' ') + (additiveMask ? ' (also as added values)' : '')
}

const FEATURES = [
  ['attentionBias', 'attention bias'],
  ['projectionBias', 'projection bias'],
  ['causal', 'causal'],
  ['causalOffsetPerBatch', 'causal offset per batch'],
  ['window', 'window'],
  ['softcap', 'softcap'],
  ['groupedQuery', 'grouped queries'],
  ['varlen', 'varlen'],
  ['keyLengths', 'key lengths'],
  ['past', 'past'],
  ['pastPerBatch', 'past per batch'],
  ['qkNorm', 'norm of Q and K'],
  ['rotary', 'rotary embedding'],
  ['softmaxLse', 'log-sum-exp'],
] as const satisfies readonly (readonly [keyof Capabilities, string])[]

function featureNames(capabilities: Capabilities): string[] {
  return FEATURES.filter(([key]) => capabilities[key]).map(([, name]) => name)
}
