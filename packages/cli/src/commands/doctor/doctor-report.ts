import type { Attention, BackendStatus, DeviceProperties, Reason } from '@attnkit/core'
import { type PlatformFacts, platformFacts } from '../../platform.js'
import { VERSION } from '../../version.js'
import { ordinaryDecision } from './ordinary-call.js'

/** One backend as `doctor` shows it. */
export interface DoctorBackend {
  readonly name: string
  readonly status: BackendStatus['status']
  readonly reason?: Reason
  readonly devices?: readonly DeviceProperties[]
}

/** What `doctor --json` prints. */
export interface DoctorReport extends PlatformFacts {
  readonly version: string
  readonly backends: readonly DoctorBackend[]
  /** The backend that a float32 call with typed arrays runs on. */
  readonly defaultBackend: string
}

/** How `doctor` sees this machine through what was found on it. */
export function doctorReport(attention: Attention): DoctorReport {
  return {
    version: VERSION,
    ...platformFacts(),
    backends: attention.backends.map(doctorBackend),
    defaultBackend: ordinaryDecision(attention).backend,
  }
}

function doctorBackend(status: BackendStatus): DoctorBackend {
  const { name } = status
  if (status.status !== 'ready') return { name, status: status.status, reason: status.reason }
  return { name, status: 'ready', devices: status.devices }
}
