import type { DoctorBackend, DoctorReport } from '../commands/doctor/doctor-report.js'
import { deviceText } from './device.js'
import type { Style } from './style.js'

/** What is worth a word of a backend that is ready, by its name; else its devices are shown. */
export type Details = ReadonlyMap<string, string | null>

/** The report of `doctor` as text: one line a backend, its remedy below, then where calls run. */
export function doctorLines(report: DoctorReport, details: Details, style: Style): string[] {
  const { version, node, platform, glibc, backends, defaultBackend } = report
  const library = glibc === null ? '' : ` (glibc ${glibc})`
  const names = Math.max(0, ...backends.map(({ name }) => name.length))
  return [
    `${style.strong(`attnkit ${version}`)} · node ${node} · ${platform}${library}`,
    ...backends.flatMap((one) => backendLines(one, details.get(one.name), names, style)),
    `→ calls run on ${style.strong(defaultBackend)}`,
  ]
}

const STATUS_WIDTH = 'not installed'.length

function backendLines(
  backend: DoctorBackend,
  detail: string | null | undefined,
  width: number,
  style: Style,
): string[] {
  const { name, status, reason, devices = [] } = backend
  const head = `${mark(status, style)} ${name.padEnd(width)}  ${status.replace('-', ' ').padEnd(STATUS_WIDTH)}  `
  if (reason === undefined) return [head + (detail ?? devices.map(deviceText).join(', '))]
  if (status === 'not-installed') return [head + (reason.remedy ?? reason.code)]
  const line = `${head}${style.warn(reason.code)}: ${reason.found}, needs ${reason.required}`
  const indent = ' '.repeat(width + STATUS_WIDTH + 6)
  return reason.remedy === undefined ? [line] : [line, `${indent}fix: ${reason.remedy}`]
}

function mark(status: DoctorBackend['status'], style: Style): string {
  if (status === 'ready') return style.good('✓')
  return status === 'unavailable' ? style.bad('✗') : style.faint('–')
}
