import type { Fault } from '../errors/attention-error.js'
import { describeValue } from '../errors/describe-value.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type { Availability } from './availability.js'
import {
  BACKEND_CONTRACT,
  type Backend,
  backendBrand,
  type CudaBackend,
  type HostBackend,
} from './backend.js'
import { failedProbe } from './failed-probe.js'

/** What the author of a backend writes; the brand and the contract are added. */
export type BackendDefinition<B extends Backend> = Omit<B, typeof backendBrand | 'contract'>

const NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/

/** Recognises backends of this and every other copy of this package. */
export function isBackend(value: unknown): value is Backend {
  return (
    typeof value === 'object' &&
    value !== null &&
    (value as { [backendBrand]?: unknown })[backendBrand] === true
  )
}

function definitionFaults(definition: unknown): readonly Fault[] {
  if (typeof definition !== 'object' || definition === null) {
    return [{ path: 'definition', found: describeValue(definition), required: 'an object' }]
  }
  const fields = definition as Record<string, unknown>
  const faults: Fault[] = []
  const check = (path: string, right: boolean, required: string) => {
    if (!right) faults.push({ path, found: describeValue(fields[path]), required })
  }
  check('name', typeof fields.name === 'string' && NAME.test(fields.name), 'a name in kebab-case')
  check('deviceType', ['host', 'cuda'].includes(fields.deviceType as string), 'host or cuda')
  const { capabilities } = fields
  check('capabilities', typeof capabilities === 'object' && capabilities !== null, 'an object')
  for (const method of ['availability', 'supports', 'plan']) {
    check(method, typeof fields[method] === 'function', 'a function')
  }
  for (const method of ['estimate', 'project', 'recycle', 'readsInPlace']) {
    const given = fields[method]
    check(method, given === undefined || typeof given === 'function', 'a function')
  }
  return faults
}

function projectionOf(definition: BackendDefinition<HostBackend>) {
  const { project, recycle, readsInPlace } = definition
  return {
    ...(project && { project: project.bind(definition) }),
    ...(recycle && { recycle: recycle.bind(definition) }),
    ...(readsInPlace && { readsInPlace: readsInPlace.bind(definition) }),
  }
}

/** `probe`, called once; what it throws becomes a reason. */
function memoised(name: string, probe: () => Promise<Availability>): () => Promise<Availability> {
  let result: Promise<Availability> | undefined
  return () => {
    result ??= (async () => await probe())().catch((error: unknown) => failedProbe(name, error))
    return result
  }
}

/**
 * Makes a backend that `createAttention` accepts. `availability()` is called once, and what it throws
 * becomes a reason. Throws `invalid-argument` with every fault of the definition. Try it with
 * `@attnkit/core/conformance`.
 */
export function defineBackend(definition: BackendDefinition<HostBackend>): HostBackend
export function defineBackend(definition: BackendDefinition<CudaBackend>): CudaBackend
export function defineBackend(
  definition: BackendDefinition<HostBackend> | BackendDefinition<CudaBackend>,
): Backend {
  const faults = definitionFaults(definition)
  if (faults.length > 0) throw invalidArgument('defineBackend', faults)
  const { name, deviceType, capabilities } = definition
  const backend = {
    [backendBrand]: true as const,
    contract: BACKEND_CONTRACT,
    name,
    deviceType,
    capabilities,
    availability: memoised(name, () => definition.availability()),
    supports: definition.supports.bind(definition),
    plan: definition.plan.bind(definition),
    ...(definition.estimate && { estimate: definition.estimate.bind(definition) }),
    ...(definition.deviceType === 'host' && projectionOf(definition)),
  }
  return Object.freeze(backend) as Backend
}
