import { availableParallelism, cpus, release, totalmem } from 'node:os'
import {
  type BackendStatus,
  type BuildInfo,
  type DeviceProperties,
  type EnvironmentEffect,
  isAttentionError,
} from '@attnkit/core'
import { EXIT } from '../../exit-codes.js'
import { openAttention } from '../../open-attention.js'
import type { Outcome } from '../../outcome.js'
import { nativeFiles, type PlatformFacts, platformFacts } from '../../platform.js'
import { envLines } from '../../render/env.js'
import { type ErrorFields, errorFields } from '../../render/error.js'
import type { Session } from '../../session.js'
import { VERSION } from '../../version.js'
import { ordinaryDecision } from '../doctor/ordinary-call.js'
import { type CudaRuntimeFacts, cudaRuntimeFacts } from './cuda-runtime-facts.js'
import { nvidiaDriver } from './nvidia-driver.js'
import { type Variable, variables } from './variables.js'

/** What `env --json` prints: everything that a report of a fault needs. */
export interface EnvReport extends PlatformFacts {
  readonly version: string
  readonly kernelRelease: string
  readonly cpu: { readonly model: string; readonly threads: number; readonly memoryBytes: number }
  readonly nvidiaDriver: string | null
  readonly backends: readonly EnvBackend[]
  /** What the CUDA backends stand on; null when it is not installed. */
  readonly cudaRuntime: CudaRuntimeFacts | null
  /** The native files that were loaded. */
  readonly nativeFiles: readonly string[]
  readonly variables: readonly Variable[]
  /** What the variables change in the decision for an ordinary call. */
  readonly effects: readonly EnvironmentEffect[]
  /** Why attention could not be created, e.g. a variable that does not parse. */
  readonly error: ErrorFields | null
}

/** One backend as `env` shows it: how its native file was built, or why it is not there. */
export interface EnvBackend {
  readonly name: string
  readonly status: BackendStatus['status']
  readonly build: BuildInfo | null
  readonly devices: readonly DeviceProperties[]
  readonly reason: Extract<BackendStatus, { reason: unknown }>['reason'] | null
}

/** Gathers the report. Never fails for what it reports on. */
export async function env(session: Session): Promise<Outcome> {
  const report = await envReport(session)
  return { exitCode: EXIT.ok, document: report, lines: (style) => envLines(report, style) }
}

async function envReport(session: Session): Promise<EnvReport> {
  const facts = {
    version: VERSION,
    ...platformFacts(),
    kernelRelease: release(),
    cpu: {
      model: cpus()[0]?.model ?? '',
      threads: availableParallelism(),
      memoryBytes: totalmem(),
    },
    nvidiaDriver: nvidiaDriver(),
    variables: variables(session.environment),
  }
  try {
    using opened = await openAttention(session)
    const backends = opened.attention.backends.map(envBackend)
    const effects = ordinaryDecision(opened.attention).environment
    const cudaRuntime = await cudaRuntimeFacts(session.directory)
    return { ...facts, backends, cudaRuntime, nativeFiles: nativeFiles(), effects, error: null }
  } catch (error) {
    if (!isAttentionError(error)) throw error
    const none = { backends: [], cudaRuntime: null, nativeFiles: nativeFiles(), effects: [] }
    return { ...facts, ...none, error: errorFields(error) }
  }
}

function envBackend(status: BackendStatus): EnvBackend {
  const { name } = status
  if (status.status !== 'ready') {
    return { name, status: status.status, build: null, devices: [], reason: status.reason }
  }
  const { build, devices } = status
  return { name, status: 'ready', build, devices, reason: null }
}
