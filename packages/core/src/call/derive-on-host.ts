import { fromFloat64, toFloat64 } from '../numeric/float64.js'
import type { Derivation, LoweredCall } from '../operators/operator.js'
import { tensor } from '../tensor/host-tensor.js'
import type { HostTensor } from '../tensor/tensor.js'
import { padRows } from './pad-rows.js'

/** The tensors that a lowered call makes of its inputs, by role. */
export function deriveOnHost(
  { derived = {} }: Pick<LoweredCall, 'derived'>,
  inputs: Readonly<Record<string, unknown>>,
): Readonly<Record<string, HostTensor>> {
  // The place of the inputs was checked.
  const roles = Object.entries(derived).map(([role, derivation]) => [
    role,
    derive(derivation, inputs[derivation.input] as HostTensor),
  ])
  return Object.fromEntries(roles)
}

function derive(derivation: Derivation, from: HostTensor): HostTensor {
  if (derivation.kind === 'cast') {
    const { dtype } = derivation
    return tensor(fromFloat64(toFloat64(from), dtype), from.shape, dtype)
  }
  if (derivation.kind === 'pad') return padRows(from, derivation.width)
  const { add, least, most } = derivation
  const values = Int32Array.from(from.data as ArrayLike<number | bigint>, (value) =>
    Math.min(Math.max(Number(value) + add, least), most),
  )
  return tensor(values, from.shape)
}
