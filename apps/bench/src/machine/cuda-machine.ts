import { deviceSlug } from '../report/result-file.js'
import type { Machine } from './machine.js'
import { clockSummary, driverCudaVersion, querySmi, watchClocks } from './nvidia-smi.js'

const LIMITS = ['driver_version', 'clocks.max.sm', 'clocks.mem', 'power.limit'] as const

function numberOrNull(text: string | undefined): number | null {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) ? null : value
}

/** A GPU; its clocks are watched until `finish()`. */
export async function cudaMachine(device: {
  readonly name: string
  readonly index: number
}): Promise<Machine> {
  const [driver, maxSm, memory, power] = (await querySmi(device.index, LIMITS)) ?? []
  const watch = watchClocks(device.index)
  return {
    device: device.name,
    folder: deviceSlug(device.name),
    driver: driver ?? null,
    cuda: await driverCudaVersion(),
    finish: async () => ({
      ...clockSummary(watch.stop()),
      sm_mhz_limit: numberOrNull(maxSm),
      memory_mhz: numberOrNull(memory),
      power_limit_w: numberOrNull(power),
    }),
  }
}
