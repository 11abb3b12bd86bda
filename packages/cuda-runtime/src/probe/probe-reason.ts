import type { Reason } from '@attnkit/core'
import type { Probe, ProbedDevice } from '../native/runtime-addon.js'
import { cudaVersionText, driverRequirement } from './driver-requirement.js'

/** What besides CUDA's own answer goes into a reason. */
export interface ProbeContext {
  /** Release of the driver, where the system tells it. */
  readonly release: string | undefined
  /** `CUDA_VISIBLE_DEVICES`, where it is set. */
  readonly visibleDevices: string | undefined
}

/** Lowest compute capability that any code here is compiled for. */
const LOWEST_COMPUTE_CAPABILITY = [8, 0] as const

/** Numbers of `cudaError_t` that say something about the machine. */
const INSUFFICIENT_DRIVER = 35
const NO_DEVICE = 100
const NO_KERNEL_IMAGE = 209
const SYSTEM_NOT_READY = 802
const DRIVER_MISMATCH = 803
const COMPATIBILITY_NOT_SUPPORTED = 804

const SYSTEM_REMEDIES: Readonly<Record<number, string>> = {
  [SYSTEM_NOT_READY]: 'start the fabric manager (systemctl start nvidia-fabricmanager)',
  [DRIVER_MISMATCH]: 'restart the machine: the driver was updated while its old module was loaded',
  [COMPATIBILITY_NOT_SUPPORTED]:
    'remove the CUDA compatibility package (cuda-compat) or update the driver: this GPU needs a matching one',
}

function insufficientDriver(probe: Probe, { release }: ProbeContext): Reason {
  const required = driverRequirement(probe.runtimeVersion)
  if (probe.driverVersion === 0) {
    return {
      code: 'driver-missing',
      subject: 'NVIDIA driver',
      found: 'no NVIDIA driver on this machine',
      required,
      remedy: 'install the driver, or give the container the GPU (--gpus all)',
    }
  }
  const found = `a driver for CUDA ${cudaVersionText(probe.driverVersion)}`
  return {
    code: 'driver-too-old',
    subject: 'NVIDIA driver',
    found:
      release === undefined
        ? found
        : `driver ${release}, for CUDA ${cudaVersionText(probe.driverVersion)}`,
    required,
    remedy: 'update the NVIDIA driver',
  }
}

function deviceMissing({ visibleDevices }: ProbeContext): Reason {
  const hidden = visibleDevices !== undefined
  return {
    code: 'device-missing',
    subject: 'CUDA device',
    found: hidden ? `none, with CUDA_VISIBLE_DEVICES=${JSON.stringify(visibleDevices)}` : 'none',
    required: 'an NVIDIA GPU',
    remedy: hidden
      ? 'unset CUDA_VISIBLE_DEVICES, or name a device that nvidia-smi lists'
      : 'see whether nvidia-smi lists one; give the container the GPU (--gpus all)',
  }
}

/** Why code for `lowest` and above cannot run on any of `devices`. */
export function deviceUnsupported(
  devices: readonly { readonly name: string; readonly computeCapability: readonly number[] }[],
  lowest: readonly [major: number, minor: number],
): Reason {
  const found = devices.map(
    ({ name, computeCapability }) => `${name} (${computeCapability.join('.')})`,
  )
  return {
    code: 'device-unsupported',
    subject: 'compute capability',
    found: found.length === 0 ? 'a GPU without an image for it' : found.join(', '),
    required: `${lowest.join('.')} or higher`,
    remedy: 'use a newer GPU (Ampere or later); calls run on the CPU meanwhile',
  }
}

function failedCall(probe: Probe, context: ProbeContext): Reason {
  if (probe.error === INSUFFICIENT_DRIVER) return insufficientDriver(probe, context)
  if (probe.error === NO_DEVICE) return deviceMissing(context)
  if (probe.error === NO_KERNEL_IMAGE) return deviceUnsupported([], LOWEST_COMPUTE_CAPABILITY)
  const found = `${probe.errorName} (${probe.error}): ${probe.errorText}`
  const remedy = SYSTEM_REMEDIES[probe.error]
  if (remedy !== undefined) {
    return {
      code: 'system-not-ready',
      subject: 'NVIDIA driver',
      found,
      required: 'a system that is ready for CUDA',
      remedy,
    }
  }
  return {
    code: 'cuda-error',
    subject: 'CUDA',
    found,
    required: 'no error from cudaGetDeviceCount',
    remedy: 'see whether nvidia-smi works, and look up the error in the CUDA documentation',
  }
}

export function isSupported(device: ProbedDevice): boolean {
  const [major, minor] = LOWEST_COMPUTE_CAPABILITY
  return device.major > major || (device.major === major && device.minor >= minor)
}

/** Why this machine's GPUs cannot be used; undefined if one can. */
export function probeReason(probe: Probe, context: ProbeContext): Reason | undefined {
  if (probe.error !== 0) return failedCall(probe, context)
  if (probe.devices.length === 0) return deviceMissing(context)
  if (probe.devices.some(isSupported)) return undefined
  const devices = probe.devices.map(({ name, major, minor }) => {
    return { name, computeCapability: [major, minor] }
  })
  return deviceUnsupported(devices, LOWEST_COMPUTE_CAPABILITY)
}
