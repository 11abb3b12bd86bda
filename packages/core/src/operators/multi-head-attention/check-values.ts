import type { Fault } from '../../errors/attention-error.js'
import { FaultList } from '../../errors/fault-list.js'
import { hostInt32, lengthFaults, startFaults } from '../../problem/index-faults.js'
import type { Inputs, LoweredCall } from '../operator.js'

const NAME = 'keyPaddingMask'

/**
 * Faults in the values of a mask of lengths that is on the host. In the form (3·B + 2) the lengths are
 * followed by the starts of the queries and of the keys, which are not needed and only checked.
 */
export function checkMaskValues(inputs: Inputs, { problem }: LoweredCall): readonly Fault[] {
  const list = new FaultList()
  const values = hostInt32(inputs[NAME])
  if (problem.mask?.kind !== 'lengths' || values === undefined) return list.faults
  const { batch } = problem
  lengthFaults(NAME, values.subarray(0, batch), list, 'E12')
  if (values.length === 3 * batch + 2) {
    const longest = Number.POSITIVE_INFINITY
    startFaults(NAME, values, [batch, 2 * batch + 1], longest, list, 'E12')
    startFaults(NAME, values, [2 * batch + 1, 3 * batch + 2], longest, list, 'E12')
  }
  return list.faults
}
