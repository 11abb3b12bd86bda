import type { DerivedIndices, Device, Stream } from '../backend/device.js'
import { AttentionError } from '../errors/attention-error.js'
import type { LoweredCall } from '../operators/operator.js'
import type { DeviceTensor } from '../tensor/tensor.js'

/**
 * The tensors that a lowered call makes of its inputs on their device, by role. They are enqueued on `stream`, and
 * the caller's to dispose.
 */
export function deriveOnDevice(
  { derived = {} }: Pick<LoweredCall, 'derived'>,
  inputs: Readonly<Record<string, unknown>>,
  device: Device,
  stream: Stream,
): Readonly<Record<string, DeviceTensor>> {
  const made: Record<string, DeviceTensor> = {}
  const roles: string[] = []
  const wanted: DerivedIndices[] = []
  for (const [role, derivation] of Object.entries(derived)) {
    if (derivation.kind !== 'indices') throw underivable(role)
    const { input, add, least, most } = derivation
    roles.push(role)
    // The place and the dtype of the inputs were checked.
    wanted.push({ source: inputs[input] as DerivedIndices['source'], add, least, most })
  }
  if (roles.length === 0) return made
  if (device.deriveIndices === undefined) throw underivable(roles.join(', '))
  device.deriveIndices(wanted, { stream }).forEach((tensor, at) => {
    made[roles[at]!] = tensor
  })
  return made
}

/** Dispatch has refused such calls. */
function underivable(role: string): AttentionError {
  const message = `${role} was to be made on a device that cannot`
  return new AttentionError('internal', message, {})
}
