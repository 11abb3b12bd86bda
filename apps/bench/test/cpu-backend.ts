import { cpu } from '@attnkit/cpu'

const availability = await cpu().availability()

/** Why the CPU backend cannot be measured here; undefined where it can. */
export const NO_CPU =
  availability.status === 'unavailable' ? `skipped: cpu: ${availability.reason.code}` : undefined
