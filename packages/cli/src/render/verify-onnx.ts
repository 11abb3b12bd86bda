import type {
  VerifiedCase,
  VerifiedOutput,
  VerifyReport,
} from '../commands/verify/verify-report.js'
import type { Style } from './style.js'
import { countsLine, coverageLines } from './verify.js'

/** A line for each node test, then what they covered and the counts. */
export function verifyOnnxLines(report: VerifyReport, seconds: number, style: Style): string[] {
  const rest = `of ${report.cases.length} ONNX node tests in ${seconds.toFixed(1)} s`
  return [
    ...report.cases.map((one) => caseLine(one, style)),
    ...coverageLines(report, style),
    countsLine(report, rest, style),
  ]
}

function caseLine({ name, status, outputs, reason }: VerifiedCase, style: Style): string {
  if (status === 'passed') return `${style.good('✓')} ${name}: ${worstText(outputs)}`
  const mark = status === 'failed' ? style.bad('✗') : style.warn('–')
  return `${mark} ${name}: ${reason ?? 'wrong'}`
}

/** The output that is nearest to its limit. */
function worstText(outputs: readonly VerifiedOutput[]): string {
  const part = ({ relError, allowed }: VerifiedOutput) => (allowed === 0 ? 0 : relError / allowed)
  const [worst] = [...outputs].sort((a, b) => part(b) - part(a))
  if (worst === undefined) return 'no output'
  return `${worst.name} ${worst.relError.toExponential(2)} of ${worst.allowed.toExponential()}`
}
