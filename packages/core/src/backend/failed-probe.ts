import { describeValue } from '../errors/describe-value.js'
import type { Availability } from './availability.js'

/** The availability of a backend whose own probe threw. */
export function failedProbe(name: string, error: unknown): Availability {
  return {
    status: 'unavailable',
    reason: {
      code: 'binary-load-failed',
      subject: `availability() of ${name}`,
      found: error instanceof Error ? error.message : describeValue(error),
      required: 'a result',
    },
  }
}
