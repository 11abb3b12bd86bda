import type { BuildInfo, Reason } from '@attnkit/core'
import { loadAddon } from '@attnkit/core/native'
import packageJson from '../package.json' with { type: 'json' }
import { CudaDevice } from './cuda-device.js'
import { NativeRuntime } from './native/native-runtime.js'
import type { Probe, RuntimeAddon } from './native/runtime-addon.js'
import { driverRelease } from './probe/driver-release.js'
import { cudaVersionText } from './probe/driver-requirement.js'
import { isSupported, probeReason } from './probe/probe-reason.js'

/** The driver of this machine. */
export interface DriverInfo {
  /** The CUDA version it is for, e.g. `13.0`. */
  readonly cuda: string
  /** Its release, e.g. `580.65.06`, where the system tells it. */
  readonly release?: string
}

/** CUDA on this machine, or why it cannot be used. */
export type CudaRuntime =
  | {
      readonly status: 'ready'
      /** Devices that the kernels here run on, at least one. */
      readonly devices: readonly CudaDevice[]
      readonly build: BuildInfo
      readonly driver: DriverInfo
    }
  | { readonly status: 'unavailable'; readonly reason: Reason }

function unavailable(reason: Reason): CudaRuntime {
  return { status: 'unavailable', reason }
}

/** A native function failed although no device was touched. */
function nativeFailure(found: string): CudaRuntime {
  return unavailable({
    code: 'cuda-error',
    subject: packageJson.name,
    found,
    required: 'an environment that is not closing, and no lost device',
  })
}

function openDevices(native: NativeRuntime, probe: Probe): CudaRuntime {
  const release = driverRelease()
  const visibleDevices = process.env.CUDA_VISIBLE_DEVICES
  const reason = probeReason(probe, { release, visibleDevices })
  if (reason !== undefined) return unavailable(reason)
  return {
    status: 'ready',
    devices: probe.devices.filter(isSupported).map((device) => new CudaDevice(native, device)),
    build: native.addon.buildInfo() as BuildInfo,
    driver: { cuda: cudaVersionText(probe.driverVersion), ...(release && { release }) },
  }
}

function open(): CudaRuntime {
  const loaded = loadAddon<RuntimeAddon>({
    packageUrl: import.meta.url,
    packageName: packageJson.name,
    addonName: 'cuda-runtime',
    version: packageJson.version,
  })
  if (loaded.status === 'unavailable') return loaded
  const native = NativeRuntime.start(loaded.addon, loaded.path)
  if (native === undefined) return nativeFailure('the environment does not let the addon start')
  const probe = loaded.addon.probe()
  if ('code' in probe) return nativeFailure(probe.message)
  return openDevices(native, probe)
}

let opened: Promise<CudaRuntime> | undefined

/** Finds the driver and the devices, once. Never rejects: what is missing is a reason. */
export function cudaRuntime(): Promise<CudaRuntime> {
  opened ??= Promise.resolve().then(open)
  return opened
}
