import type { Device, DeviceProperties } from './device.js'
import type { Reason } from './reason.js'

/** How the native part of a backend was built; shown by `doctor` and `env`. */
export type BuildInfo = Readonly<Record<string, string | number | boolean | readonly string[]>>

/** Whether a backend can be used on this machine. */
export type Availability =
  | {
      readonly status: 'available'
      /** Devices it runs on; one entry of type `host` for a backend of the host. */
      readonly devices: readonly (Device | DeviceProperties)[]
      readonly build: BuildInfo
    }
  | { readonly status: 'unavailable'; readonly reason: Reason }
