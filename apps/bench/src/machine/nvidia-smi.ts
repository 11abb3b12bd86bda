import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { median } from '../timer/statistics.js'

const run = promisify(execFile)

/** What the driver's own tool says of a GPU; null where it is not there or does not answer. */
export async function querySmi(index: number, fields: readonly string[]): Promise<string[] | null> {
  const query = [
    `--id=${index}`,
    `--query-gpu=${fields.join(',')}`,
    '--format=csv,noheader,nounits',
  ]
  try {
    const { stdout } = await run('nvidia-smi', query, { timeout: 20_000 })
    return stdout.trim().split(', ')
  } catch {
    return null
  }
}

/** The CUDA version that the driver supports, from the tool's header. */
export async function driverCudaVersion(): Promise<string | null> {
  try {
    const { stdout } = await run('nvidia-smi', [], { timeout: 20_000 })
    return /CUDA Version:\s*([\d.]+)/.exec(stdout)?.[1] ?? null
  } catch {
    return null
  }
}

export interface ObservedClocks {
  readonly sm_mhz: readonly number[]
  readonly temperature_c: readonly number[]
  readonly power_w: readonly number[]
}

const OBSERVED = ['clocks.sm', 'temperature.gpu', 'power.draw'] as const

/** Watches a GPU's clock, temperature and power once a second until `stop()`. */
export function watchClocks(index: number): { stop(): ObservedClocks } {
  const readings: number[][] = OBSERVED.map(() => [])
  const query = [`--id=${index}`, `--query-gpu=${OBSERVED.join(',')}`]
  const child = spawn('nvidia-smi', [...query, '--format=csv,noheader,nounits', '-lms', '1000'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  child.on('error', () => undefined)
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    for (const line of text.split('\n').filter(Boolean)) {
      line.split(', ').forEach((value, i) => {
        if (Number.isFinite(Number(value))) readings[i]?.push(Number(value))
      })
    }
  })
  child.unref()
  return {
    stop: () => {
      child.kill()
      return { sm_mhz: readings[0]!, temperature_c: readings[1]!, power_w: readings[2]! }
    },
  }
}

/** The readings as the numbers of a result document. */
export function clockSummary(seen: ObservedClocks): Record<string, number | null> {
  const orNull = (value: number): number | null => (Number.isFinite(value) ? value : null)
  return {
    sm_mhz_min: orNull(Math.min(...seen.sm_mhz)),
    sm_mhz_median: orNull(median(seen.sm_mhz)),
    sm_mhz_max: orNull(Math.max(...seen.sm_mhz)),
    temperature_c_max: orNull(Math.max(...seen.temperature_c)),
    power_w_max: orNull(Math.max(...seen.power_w)),
  }
}
