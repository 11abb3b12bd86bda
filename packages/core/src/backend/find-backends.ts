import type { Availability } from './availability.js'
import { BACKEND_CONTRACT, type Backend } from './backend.js'
import { failedProbe } from './failed-probe.js'

/** A backend and whether it can be used on this machine. */
export interface FoundBackend {
  readonly backend: Backend
  readonly availability: Availability
}

function contractMismatch({ name, contract }: Backend): Availability {
  return {
    status: 'unavailable',
    reason: {
      code: 'contract-mismatch',
      subject: `the backend contract of ${name}`,
      found: `${contract}`,
      required: `${BACKEND_CONTRACT}`,
      remedy: `install versions of ${name} and of @attnkit/core that go together`,
    },
  }
}

async function find(backend: Backend): Promise<FoundBackend> {
  if (backend.contract !== BACKEND_CONTRACT) {
    return { backend, availability: contractMismatch(backend) }
  }
  try {
    return { backend, availability: await backend.availability() }
  } catch (error) {
    return { backend, availability: failedProbe(backend.name, error) }
  }
}

/** Asks every backend whether it can be used here. Never rejects. */
export function findBackends(backends: readonly Backend[]): Promise<FoundBackend[]> {
  return Promise.all(backends.map(find))
}
