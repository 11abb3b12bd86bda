import type { Device } from '../backend/device.js'
import { deviceName, type Target } from '../dispatch/target.js'
import type { FaultList } from '../errors/fault-list.js'
import type { Tensor } from '../tensor/tensor.js'

/** Where all tensors of a call are. */
export type Place =
  | { readonly location: 'host' }
  | { readonly location: 'cuda'; readonly device: Device }

function placeName(tensor: Tensor): string {
  return tensor.location === 'host' ? 'host' : deviceName(tensor.device)
}

/**
 * The place of `tensors`, which is that of the first. Notes a fault for each that is elsewhere: a call
 * never copies from one place to another by itself.
 */
export function placeOf(
  tensors: readonly (readonly [path: string, tensor: Tensor])[],
  list: FaultList,
): Place {
  const [first] = tensors
  if (first === undefined) return { location: 'host' }
  const [firstPath, one] = first
  const place = placeName(one)
  for (const [path, tensor] of tensors) {
    const found = placeName(tensor)
    if (found !== place) list.add(path, `on ${found}`, `on ${place}, where ${firstPath} is`)
  }
  return one.location === 'host' ? { location: 'host' } : { location: 'cuda', device: one.device }
}

/** The place as dispatch sees it; `hostDevice` is the CUDA device that takes host tensors. */
export function targetOf(place: Place, hostDevice: number): Target {
  if (place.location === 'host') return { location: 'host', deviceIndex: hostDevice }
  return { location: 'cuda', deviceIndex: place.device.index, device: place.device }
}
