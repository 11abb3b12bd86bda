import { arch, cpus } from 'node:os'
import type { BackendStatus } from '@attnkit/core'
import { median } from '../timer/statistics.js'
import type { Machine } from './machine.js'

/** This processor, with the instruction set that the CPU backend chose on it. */
export function hostMachine(status: BackendStatus | undefined, threads: number): Machine {
  const isa = status?.status === 'ready' ? status.build.isa : undefined
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const facts = [isa, `${threads} threads`].filter((fact) => fact !== undefined)
  return {
    device: `${model} (${facts.join(', ')})`,
    folder: `cpu-${arch()}`,
    driver: null,
    cuda: null,
    finish: async () => {
      const mhz = median(cpus().map((cpu) => cpu.speed))
      return { nominal_mhz: mhz > 0 ? mhz : null }
    },
  }
}
