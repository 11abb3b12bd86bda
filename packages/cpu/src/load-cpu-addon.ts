import type { Reason } from '@attnkit/core'
import { type AddonResult, loadAddon } from '@attnkit/core/native'
import packageJson from '../package.json' with { type: 'json' }
import type { CpuAddon, CpuBuild } from './cpu-addon.js'

/** The native part, ready to use, or why it is not. */
export type LoadedCpu =
  | { readonly status: 'loaded'; readonly addon: CpuAddon; readonly build: CpuBuild }
  | { readonly status: 'unavailable'; readonly reason: Reason }

let loaded: LoadedCpu | undefined

/** Loads the native part when it is first asked for. Never throws. */
export function loadCpuAddon(): LoadedCpu {
  loaded ??= usable(
    loadAddon<CpuAddon>({
      packageUrl: import.meta.url,
      packageName: packageJson.name,
      addonName: 'cpu',
      version: packageJson.version,
    }),
  )
  return loaded
}

function usable(result: AddonResult<CpuAddon>): LoadedCpu {
  if (result.status === 'unavailable') return result
  const build = result.addon.buildInfo()
  if (build.isa !== undefined) return { status: 'loaded', addon: result.addon, build }
  const reason: Reason = {
    code: 'disabled-by-environment',
    subject: 'ATTNKIT_CPU_ISA',
    found: process.env.ATTNKIT_CPU_ISA ?? '',
    required: build.isas.join(', '),
    remedy: 'unset ATTNKIT_CPU_ISA, or name an instruction set of this machine',
  }
  return { status: 'unavailable', reason }
}
