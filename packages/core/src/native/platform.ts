import type { NativeHost } from './host.js'

/** A platform that addons are made for. */
export interface Platform {
  /** e.g. `linux-x64-gnu`: the name of its folder in `prebuilds/`. */
  readonly name: string
  /** `e_machine` of its ELF files, and how people call it. */
  readonly machine: number
}

/** EM_X86_64 and EM_AARCH64 of the ELF specification. */
const PLATFORMS: readonly Platform[] = [
  { name: 'linux-x64-gnu', machine: 62 },
  { name: 'linux-arm64-gnu', machine: 183 },
]

export const PLATFORM_NAMES: readonly string[] = PLATFORMS.map((platform) => platform.name)

/** Name of the platform a process runs on, e.g. `linux-x64-gnu`, `linux-x64-musl`, `darwin-arm64`. */
export function platformName(host: NativeHost): string {
  const base = `${host.platform}-${host.arch}`
  if (host.platform !== 'linux') return base
  return `${base}-${host.glibc === '' ? 'musl' : 'gnu'}`
}

/** The platform called `name`; undefined where no addon exists for it. */
export function findPlatform(name: string): Platform | undefined {
  return PLATFORMS.find((platform) => platform.name === name)
}

/** The name of an ELF machine number. */
export function machineName(machine: number): string {
  const known = PLATFORMS.find((platform) => platform.machine === machine)
  return known?.name.split('-')[1] ?? `machine ${machine}`
}
