import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { cudaMachine } from '../src/machine/cuda-machine.js'
import { clockSummary } from '../src/machine/nvidia-smi.js'

const UUID = '0123456789abcdef0123456789abcdef'

const FAKE = `#!${process.execPath}
if (!process.argv.includes('--id=GPU-01234567-89ab-cdef-0123-456789abcdef')) process.exit(6)
const query = process.argv.find((word) => word.startsWith('--query-gpu'))
if (query.includes('driver_version')) console.log('580.1, 1980, 3201, 700.00')
else {
  console.log('1700, 60, 650.5')
  console.log('1980, [N/A], 700.0')
  setInterval(() => {}, 1000)
}
`

describe('what nvidia-smi says', () => {
  let directory: string
  const path = process.env.PATH
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'bench-smi-'))
    process.env.PATH = directory
  })
  afterEach(async () => {
    process.env.PATH = path
    await rm(directory, { recursive: true })
  })

  it('becomes the driver and the clocks that were seen', async () => {
    await writeFile(join(directory, 'nvidia-smi'), FAKE)
    await chmod(join(directory, 'nvidia-smi'), 0o755)
    const machine = await cudaMachine({ name: 'NVIDIA H200', uuid: UUID }, { cuda: '13.0' })
    expect(machine).toMatchObject({ folder: 'nvidia-h200', driver: '580.1', cuda: '13.0' })
    await delay(500)
    expect(await machine.finish()).toEqual({
      sm_mhz_min: 1700,
      sm_mhz_median: 1840,
      sm_mhz_max: 1980,
      temperature_c_max: 60,
      power_w_max: 700,
      sm_mhz_limit: 1980,
      memory_mhz: 3201,
      power_limit_w: 700,
    })
  })

  it('is nothing where there is no such tool', async () => {
    const driver = { cuda: '12.4', release: '550.1' }
    const machine = await cudaMachine({ name: 'GPU', uuid: UUID }, driver)
    expect(machine).toMatchObject({ driver: '550.1', cuda: '12.4' })
    expect((await machine.finish()).sm_mhz_max).toBeNull()
  })

  it('has no clocks when nothing was read', () => {
    const nothing = clockSummary({ sm_mhz: [], temperature_c: [], power_w: [] })
    expect(Object.values(nothing).every((value) => value === null)).toBe(true)
  })
})
