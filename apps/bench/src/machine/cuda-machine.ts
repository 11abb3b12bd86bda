import type { CudaDevice, DriverInfo } from '@attnkit/cuda-runtime'
import { deviceSlug } from '../report/result-file.js'
import type { Machine } from './machine.js'
import { clockSummary, querySmi, smiName, watchClocks } from './nvidia-smi.js'

const LIMITS = ['driver_version', 'clocks.max.sm', 'clocks.mem', 'power.limit'] as const

function numberOrNull(text: string | undefined): number | null {
  const value = Number(text)
  return text === undefined || text === '' || !Number.isFinite(value) ? null : value
}

/** A GPU; its clocks are watched until `finish()`. */
export async function cudaMachine(
  device: Pick<CudaDevice, 'name' | 'uuid'>,
  driver: DriverInfo,
): Promise<Machine> {
  const name = smiName(device.uuid)
  const [release, maxSm, memory, power] = (await querySmi(name, LIMITS)) ?? []
  const watch = watchClocks(name)
  return {
    device: device.name,
    folder: deviceSlug(device.name),
    driver: driver.release ?? release ?? null,
    cuda: driver.cuda,
    finish: async () => ({
      ...clockSummary(watch.stop()),
      sm_mhz_limit: numberOrNull(maxSm),
      memory_mhz: numberOrNull(memory),
      power_limit_w: numberOrNull(power),
    }),
  }
}
