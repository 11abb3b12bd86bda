import { execFile, spawn } from 'node:child_process'
import { promisify } from 'node:util'
import { median } from '../timer/statistics.js'

const run = promisify(execFile)

/** The name that the driver's own tool has for the GPU with this UUID, 32 hexadecimal digits. */
export function smiName(uuid: string): string {
  return `GPU-${uuid.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')}`
}

/** What the driver's own tool says of a GPU by its name; null where it is not there or does not answer. */
export async function querySmi(
  device: string,
  fields: readonly string[],
): Promise<string[] | null> {
  const query = [
    `--id=${device}`,
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

export interface ObservedClocks {
  readonly sm_mhz: readonly number[]
  readonly temperature_c: readonly number[]
  readonly power_w: readonly number[]
}

const OBSERVED = ['clocks.sm', 'temperature.gpu', 'power.draw'] as const

/** Watches a GPU's clock, temperature and power once a second until `stop()`. */
export function watchClocks(device: string): { stop(): ObservedClocks } {
  const readings: number[][] = OBSERVED.map(() => [])
  const query = [`--id=${device}`, `--query-gpu=${OBSERVED.join(',')}`]
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
