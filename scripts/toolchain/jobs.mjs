import { availableParallelism } from 'node:os'

const GIB = 2 ** 30

/** How many compilers may run at once: as many as there are cores and free GB; none takes more. */
export function buildJobs(cores = availableParallelism(), freeBytes = process.availableMemory()) {
  return Math.max(1, Math.min(cores, Math.floor(freeBytes / GIB)))
}
