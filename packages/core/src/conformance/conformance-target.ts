import type { CudaBackend, HostBackend } from '../backend/backend.js'
import type { Device } from '../backend/device.js'

/** Where problems are run: a backend, on the host or on one of its devices. */
export type ConformanceTarget =
  | {
      readonly backend: HostBackend
      /** Default 1. */
      readonly threads?: number
    }
  | { readonly backend: CudaBackend; readonly device: Device }
