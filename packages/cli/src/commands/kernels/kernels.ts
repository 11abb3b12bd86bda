import {
  type AbsentBackend,
  type Backend,
  type BackendStatus,
  type Capabilities,
  invalidArgument,
} from '@attnkit/core'
import { EXIT } from '../../exit-codes.js'
import { openAttention } from '../../open-attention.js'
import type { Outcome } from '../../outcome.js'
import { kernelsLines } from '../../render/kernels.js'
import type { Session } from '../../session.js'
import type { KernelsFlags } from './kernels-command.js'

/** One backend as `kernels` shows it. */
export interface KernelsBackend {
  readonly name: string
  readonly status: BackendStatus['status']
  /** Null for a backend that is not installed. */
  readonly capabilities: Capabilities | null
}

/** Every backend's capabilities, those that cannot run here too. */
export async function kernels(flags: KernelsFlags, session: Session): Promise<Outcome> {
  using opened = await openAttention(session)
  const shown = select(
    opened.attention.backends.map((status) => kernelsBackend(status, opened.backends)),
    flags.backend,
  )
  return {
    exitCode: EXIT.ok,
    document: { backends: shown },
    lines: (style) => kernelsLines(shown, style),
  }
}

function kernelsBackend(
  { name, status }: BackendStatus | AbsentBackend,
  backends: readonly Backend[],
): KernelsBackend {
  const found = backends.find((backend) => backend.name === name)
  return { name, status, capabilities: found?.capabilities ?? null }
}

function select(all: readonly KernelsBackend[], name: string | undefined): KernelsBackend[] {
  const shown = all.filter((backend) => name === undefined || backend.name === name)
  if (shown.length > 0) return shown
  const required = `one of ${all.map((backend) => backend.name).join(', ')}`
  throw invalidArgument('kernels', [{ path: '--backend', found: JSON.stringify(name), required }])
}
