import { availableParallelism } from 'node:os'
import { type BackendStatus, invalidArgument } from '@attnkit/core'
import { EXIT, type ExitCode } from '../../exit-codes.js'
import { openAttention } from '../../open-attention.js'
import type { Outcome } from '../../outcome.js'
import { doctorLines } from '../../render/doctor.js'
import type { Session } from '../../session.js'
import type { DoctorFlags } from './doctor-command.js'
import { type DoctorReport, doctorReport } from './doctor-report.js'
import { crashedBackends, probeOne } from './isolated-probe.js'

/** Looks at every backend and says what works here. */
export async function doctor(flags: DoctorFlags, session: Session): Promise<Outcome> {
  if (flags.probe !== undefined) return probeOne(flags.probe)
  const without = flags.isolated ? await crashedBackends(flags.timeout, session) : []
  using opened = await openAttention(session, { without })
  const report = doctorReport(opened.attention)
  const details = new Map(opened.attention.backends.map((one) => [one.name, detailOf(one)]))
  return {
    exitCode: requirementsMet(report, flags.require ?? []),
    document: report,
    lines: (style) => doctorLines(report, details, style),
  }
}

/** What is worth a word of a backend that runs on the processor; null where its devices say more. */
function detailOf(status: BackendStatus): string | null {
  if (status.status !== 'ready' || status.devices.some(({ type }) => type !== 'host')) return null
  const { isa, cores, precision, language } = status.build
  if (typeof isa === 'string') return `${isa}, ${cores ?? availableParallelism()} threads`
  return precision === undefined ? null : `${precision}, ${language}`
}

function requirementsMet(report: DoctorReport, required: readonly string[]): ExitCode {
  const known = report.backends.map(({ name }) => name)
  const unknown = required.filter((name) => !known.includes(name))
  if (unknown.length > 0) {
    const faults = unknown.map((name) => ({
      path: '--require',
      found: JSON.stringify(name),
      required: `one of ${known.join(', ')}`,
    }))
    throw invalidArgument('doctor', faults)
  }
  const ready = report.backends.filter(({ status }) => status === 'ready').map(({ name }) => name)
  return required.every((name) => ready.includes(name)) ? EXIT.ok : EXIT.unavailable
}
