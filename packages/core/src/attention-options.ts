import { availableParallelism } from 'node:os'
import type { AbsentBackend, AttentionOptions } from './attention-types.js'
import type { Backend } from './backend/backend.js'
import { isBackend } from './backend/define-backend.js'
import { FaultList } from './errors/fault-list.js'
import { invalidArgument } from './errors/invalid-argument.js'

/** The options of `createAttention`, checked and complete but for the policy. */
export interface CheckedOptions {
  readonly backends: readonly Backend[]
  readonly absent: readonly AbsentBackend[]
  readonly policy: AttentionOptions['policy']
  readonly device: number
  readonly threads: number
  readonly environment: NonNullable<AttentionOptions['environment']>
}

const MAX_THREADS = 1024

function isCount(value: unknown, least: number, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= least && (value as number) <= most
}

function checkBackends(backends: unknown, list: FaultList): readonly Backend[] {
  if (!Array.isArray(backends)) {
    list.require(false, 'backends', backends, 'a list of backends')
    return []
  }
  const names = new Set<string>()
  backends.forEach((backend: unknown, position) => {
    const path = `backends[${position}]`
    if (!list.require(isBackend(backend), path, backend, 'a backend made by defineBackend()'))
      return
    const { name } = backend as Backend
    list.require(!names.has(name), `${path}.name`, name, 'a name that no other backend has')
    names.add(name)
  })
  return backends as readonly Backend[]
}

function checkAbsent(absent: unknown, list: FaultList): readonly AbsentBackend[] {
  const isEntry = (entry: unknown) =>
    isObject(entry) &&
    typeof (entry as Partial<AbsentBackend>).name === 'string' &&
    isObject((entry as Partial<AbsentBackend>).reason)
  const fits = Array.isArray(absent) && absent.every(isEntry)
  list.require(fits, 'absent', absent, 'a list of names with their reasons')
  return fits ? (absent as readonly AbsentBackend[]) : []
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Checks the options of `createAttention`. Throws `invalid-argument` with all faults. */
export function checkOptions(options: AttentionOptions): CheckedOptions {
  const list = new FaultList()
  if (!list.require(isObject(options), 'options', options, 'an object')) {
    throw invalidArgument('createAttention', list.faults)
  }
  const { policy, device = 0, threads, environment = process.env } = options
  const backends = checkBackends(options.backends ?? [], list)
  const absent = checkAbsent(options.absent ?? [], list)
  list.require(isObject(environment), 'environment', environment, 'an object of variables')
  list.require(isCount(device, 0, 1023), 'device', device, 'a whole number, 0 or more')
  const wanted = threads ?? Math.min(availableParallelism(), MAX_THREADS)
  list.require(isCount(wanted, 1, MAX_THREADS), 'threads', threads, `1 to ${MAX_THREADS}`)
  if (!list.empty) throw invalidArgument('createAttention', list.faults)
  return { backends, absent, policy, device, threads: wanted, environment }
}
