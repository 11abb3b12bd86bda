import type { Stream } from '../backend/device.js'
import { deviceName } from '../dispatch/target.js'
import { describeValue } from '../errors/describe-value.js'
import type { FaultList } from '../errors/fault-list.js'
import type { Place } from './place.js'

function isStream(value: unknown): value is Stream {
  if (typeof value !== 'object' || value === null) return false
  const { device, use } = value as Partial<Stream>
  return typeof device === 'object' && device !== null && typeof use === 'function'
}

/** Checks the option `stream` of a call: one of the device that the tensors are on. Notes faults. */
export function checkStream(stream: unknown, place: Place, list: FaultList): void {
  if (stream === undefined) return
  if (!isStream(stream)) {
    list.add('options.stream', describeValue(stream), 'a stream of a device')
  } else if (place.location === 'host') {
    list.add('options.stream', 'a stream', 'none for host tensors')
  } else if (stream.device.index !== place.device.index) {
    const required = `a stream of ${deviceName(place.device)}`
    list.add('options.stream', `one of ${deviceName(stream.device)}`, required)
  }
}
