import { availableParallelism } from 'node:os'
import {
  type Availability,
  type Backend,
  backendUnavailable,
  type Device,
  type DeviceProperties,
  invalidArgument,
} from '@attnkit/core'
import type { ConformanceTarget } from '@attnkit/core/conformance'
import type { OpenedAttention } from '../../open-attention.js'
import { ordinaryDecision } from '../doctor/ordinary-call.js'
import type { VerifyFlags } from './verify-command.js'

/**
 * The backend to verify: the one that is named, else the one that an ordinary call runs on.
 * @throws AttentionError `invalid-argument` when there is none of that name, `backend-unavailable`
 */
export async function verifyTarget(
  { attention, backends }: OpenedAttention,
  { backend: named, threads }: VerifyFlags,
): Promise<ConformanceTarget> {
  const name = named ?? ordinaryDecision(attention).backend
  const status = attention.backends.find((one) => one.name === name)
  if (status === undefined) {
    const required = `one of ${attention.backends.map((one) => one.name).join(', ')}`
    throw invalidArgument('verify', [{ path: '--backend', found: JSON.stringify(name), required }])
  }
  if (status.status !== 'ready') throw backendUnavailable('verify', name, [status.reason])
  const backend = backends.find((one) => one.name === name) as Backend
  if (backend.deviceType === 'host') return { backend, threads: threads ?? availableParallelism() }
  return { backend, device: firstDevice(await backend.availability()) }
}

function firstDevice(availability: Availability): Device {
  const devices = availability.status === 'available' ? availability.devices : []
  return devices.find(isDevice) as Device
}

function isDevice(device: Device | DeviceProperties): device is Device {
  return 'upload' in device
}
