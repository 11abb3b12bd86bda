import type { VerifiedCase, VerifyReport } from '../commands/verify/verify-report.js'
import type { Style } from './style.js'

const MAX_SHOWN = 20

/** Cases that failed with the reason, those that were refused by their reason, then the counts. */
export function verifyLines(report: VerifyReport, seconds: number, style: Style): string[] {
  const { cases } = report
  return [
    ...failureLines(cases, style),
    ...unsupportedLines(cases, style),
    ...coverageLines(report, style),
    ...worstLine(cases),
    countsLine(report, `against float64 in ${seconds.toFixed(1)} s`, style),
  ]
}

/** The backend, and how many cases ended how. */
export function countsLine(report: VerifyReport, rest: string, style: Style): string {
  const { passed, failed, unsupported, cases } = report
  const counts = [
    style.good(`${passed} passed`),
    failed === 0 ? '0 failed' : style.bad(`${failed} failed`),
    unsupported === 0 ? '0 unsupported' : style.warn(`${unsupported} unsupported`),
  ]
  const mark = failed === 0 ? style.good('✓') : style.bad('✗')
  return `${mark} ${cases[0]?.backend}: ${counts.join(', ')} ${rest}`
}

/** How many problems exercised each feature, and how many each kernel ran; nothing where none ran. */
export function coverageLines({ coverage, variants }: VerifyReport, style: Style): string[] {
  return [
    ...countedLines('covered:', coverage, style),
    ...countedLines('kernels:', variants, style),
  ]
}

function countedLines(
  head: string,
  counts: Readonly<Record<string, number>>,
  style: Style,
): string[] {
  const items = Object.entries(counts).map(([name, count]) => `${name} ${count}`)
  if (items.length === 0) return []
  return wrapped(head, items, style.columns).map(style.faint)
}

function failureLines(cases: readonly VerifiedCase[], style: Style): string[] {
  const failures = cases.filter(({ status }) => status === 'failed')
  const rest = failures.length - MAX_SHOWN
  return [
    ...failures
      .slice(0, MAX_SHOWN)
      .map(({ name, reason }) => `${style.bad('✗')} ${name}: ${reason ?? 'wrong'}`),
    ...(rest > 0 ? [`  and ${rest} more; --json has all`] : []),
  ]
}

/** Refused cases, gathered by why. */
function unsupportedLines(cases: readonly VerifiedCase[], style: Style): string[] {
  const byReason = new Map<string, string[]>()
  for (const { name, status, reason = '' } of cases) {
    if (status === 'unsupported') byReason.set(reason, [...(byReason.get(reason) ?? []), name])
  }
  return [...byReason].map(([reason, names]) => `${style.warn('–')} ${names.join(', ')}: ${reason}`)
}

/** The output that is nearest to its limit. */
function worstLine(cases: readonly VerifiedCase[]): string[] {
  const outputs = cases.flatMap((one) =>
    one.outputs.map((output) => ({
      ...output,
      of: one.name,
      part: output.relError / output.allowed,
    })),
  )
  const worst = outputs.reduce<(typeof outputs)[number] | null>(
    (most, one) => (most === null || one.part > most.part ? one : most),
    null,
  )
  if (worst === null) return []
  const { name, of, relError, allowed } = worst
  return [`nearest to its limit: ${name} of ${of}, ${relError.toExponential(2)} of ${allowed}`]
}

/** A list in lines of at most `columns`, those after the first indented. */
function wrapped(head: string, items: readonly string[], columns: number): string[] {
  const lines: string[] = []
  let line = head
  items.forEach((item, index) => {
    const text = index === items.length - 1 ? item : `${item},`
    if (line.length + text.length + 1 > columns) {
      lines.push(line)
      line = ' '
    }
    line += ` ${text}`
  })
  return [...lines, line]
}
