import type { Candidate, Decision, Estimate } from '@attnkit/core'
import { reasonLines } from './reason.js'
import type { Style } from './style.js'

/** A decision: every candidate with all its reasons and notes, what the environment did, who runs. */
export function decisionLines(decision: Decision, style: Style): string[] {
  const { candidates, environment, backend, variant, device } = decision
  const width = Math.max(0, ...candidates.map((one) => one.backend.length))
  const effects = environment.map(
    ({ variable, value, effect }) => `${style.warn('!')} ${variable}=${value} ${effect}`,
  )
  const winner =
    backend === ''
      ? style.bad('→ no backend runs it')
      : `→ ${style.strong(backend)} runs it on ${device} with ${variant}`
  return [...candidates.flatMap((one) => candidateLines(one, width, style)), ...effects, winner]
}

function candidateLines(candidate: Candidate, width: number, style: Style): string[] {
  const { backend, status, reasons, notes, estimate } = candidate
  const indent = ' '.repeat(width + 4)
  const head = `${mark(status, style)} ${backend.padEnd(width)}  ${status}${estimateText(estimate)}`
  return [
    head,
    ...reasons.flatMap((reason) => reasonLines(reason, indent, style)),
    ...notes.map(({ subject, text }) => `${indent}${style.faint(`note: ${subject}: ${text}`)}`),
  ]
}

function mark(status: Candidate['status'], style: Style): string {
  if (status === 'chosen') return style.good('✓')
  if (status === 'eligible') return style.good('·')
  return status === 'rejected' ? style.bad('✗') : style.faint('–')
}

function estimateText(estimate: Estimate | undefined): string {
  if (estimate === undefined) return ''
  return `  ${microsecondsText(estimate.microseconds)} (${estimate.source})`
}

function microsecondsText(microseconds: number): string {
  if (microseconds < 1000) return `${microseconds.toPrecision(3)} µs`
  return `${(microseconds / 1000).toPrecision(3)} ms`
}
