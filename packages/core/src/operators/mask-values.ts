import type { Fault } from '../errors/attention-error.js'
import { FaultList } from '../errors/fault-list.js'
import { hostInt32, lengthFaults, startFaults } from '../problem/index-faults.js'
import type { Inputs, LoweredCall } from './operator.js'

/**
 * Faults by rule E12 in the values of the mask `name`, where it holds lengths or ends and is on the
 * host: starts behind ends are clamped. In the form (3·B + 2) the lengths are followed by the
 * starts of the queries and of the keys, which are not needed and only checked.
 */
export function maskValueFaults(
  name: string,
  inputs: Inputs,
  { problem }: LoweredCall,
): readonly Fault[] {
  const list = new FaultList()
  const { mask, batch } = problem
  const values = hostInt32(inputs[name])
  if ((mask?.kind !== 'lengths' && mask?.kind !== 'start-end') || values === undefined) return []
  lengthFaults(name, values.subarray(0, batch), list, 'E12')
  if (mask.kind === 'lengths' && values.length === 3 * batch + 2) {
    const longest = Number.POSITIVE_INFINITY
    startFaults(name, values, [batch, 2 * batch + 1], longest, list, 'E12')
    startFaults(name, values, [2 * batch + 1, 3 * batch + 2], longest, list, 'E12')
  }
  return list.faults
}
