import type { Fault } from '../../errors/attention-error.js'
import { FaultList } from '../../errors/fault-list.js'
import type { Inputs, LoweredCall } from '../operator.js'

const NAME = 'nonpadKvSeqlen'

/** Faults by O11 and O19 in the numbers of valid keys, where they are on the host. */
export function checkNonpadValues(inputs: Inputs, { problem }: LoweredCall): readonly Fault[] {
  const list = new FaultList()
  const nonpad = inputs[NAME]
  if (problem.keyLengths !== 'per-batch' || nonpad?.location !== 'host') return list.faults
  const keys = inputs.k?.shape.at(problem.layout === 'bnsh' ? 2 : 1) ?? problem.seqlenK
  const held = inputs.attnMask?.shape.at(-1) ?? keys
  Array.from(nonpad.data, Number).forEach((count, b) => {
    const path = `${NAME}[${b}]`
    if (list.require(count >= 0 && count <= keys, path, count, `0 to T, ${keys}`, 'O11')) {
      list.require(count <= held, path, count, `at most the ${held} keys of attnMask`, 'O19')
    }
  })
  return list.faults
}
