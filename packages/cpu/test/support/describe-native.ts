import { describe } from 'vitest'
import { loadCpuAddon } from '../../src/load-cpu-addon.js'

/** A suite that needs the native part; without it, says so and why. */
export function describeNative(name: string, suite: () => void): void {
  const cpu = loadCpuAddon()
  if (cpu.status === 'loaded') return void describe(name, suite)
  const { code, found } = cpu.reason
  describe.skip(`${name} (skipped: no native part here, ${code}: ${found})`, suite)
}
