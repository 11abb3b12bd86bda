import type { Device, DeviceProperties } from '../backend/device.js'
import { HOST } from '../backend/device.js'
import type { FoundBackend } from '../backend/find-backends.js'
import { isDevice } from '../backend/is-device.js'
import type { Reason } from '../backend/reason.js'

/** Where the tensors of a call are. */
export interface Target {
  readonly location: 'host' | 'cuda'
  /** Position of the CUDA device: the one that device tensors are on, or that takes host tensors. */
  readonly deviceIndex: number
  /** The device that device tensors are on. */
  readonly device?: Device
  /** A device to decide for that need not be here; backends are asked even where unavailable. */
  readonly imagined?: DeviceProperties
}

/** A device as decisions show it, e.g. `cuda:0`. */
export function deviceName({ type, index }: DeviceProperties): string {
  return type === 'host' ? 'host' : `${type}:${index}`
}

/** Where the tensors of a target are, as messages show it. */
export function targetName(target: Target): string {
  return target.location === 'host' ? 'the host' : `cuda:${target.deviceIndex}`
}

/** A device for a backend to run on, or why it has none for this target. */
export type Placement = { readonly device: DeviceProperties } | { readonly reason: Reason }

function hostPlacement(target: Target, devices: readonly DeviceProperties[]): Placement {
  if (target.location === 'host') return { device: devices[0] ?? HOST }
  return {
    reason: {
      code: 'placement',
      subject: 'the tensors',
      found: `on ${targetName(target)}`,
      required: 'on the host',
      remedy: 'download them first',
    },
  }
}

/** The device on which a backend would run for `target`. */
export function placementOf({ backend, availability }: FoundBackend, target: Target): Placement {
  const devices = availability.status === 'available' ? availability.devices : []
  if (backend.deviceType === 'host') return hostPlacement(target, devices)
  if (target.imagined?.type === 'cuda') return { device: target.imagined }
  const device = devices.find(({ index }) => index === target.deviceIndex)
  if (device !== undefined && target.location === 'host' && !isDevice(device)) {
    return {
      reason: {
        code: 'placement',
        subject: `the device of ${backend.name}`,
        found: 'unable to copy host tensors',
        required: 'tensors that are on the device already',
      },
    }
  }
  if (device !== undefined) return { device: target.device ?? device }
  const found = devices.map(deviceName).join(', ') || 'no device'
  return {
    reason: {
      code: 'device-missing',
      subject: `the devices of ${backend.name}`,
      found,
      required: `cuda:${target.deviceIndex}`,
    },
  }
}
