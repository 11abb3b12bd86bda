import type { Fault } from '../../errors/attention-error.js'
import { FaultList } from '../../errors/fault-list.js'
import { presentRows } from '../../problem/head-axes.js'
import type { Tensor } from '../../tensor/tensor.js'
import type { Inputs, LoweredCall } from '../operator.js'

/** Faults by G8, E17 and E18 in the numbers of keys and the positions, where they are on the host. */
export function checkLengthValues(inputs: Inputs, { problem }: LoweredCall): readonly Fault[] {
  const list = new FaultList()
  const { rotary, seqlenK, seqlenQ, past } = problem
  const rows = presentRows(problem)
  const noneIsNew = past !== null && past.seqlen === seqlenK
  hostNumbers(inputs.seqlensK).forEach((last, b) => {
    const path = `seqlensK[${b}]`
    const isRow = list.require(last >= 0 && last < rows, path, last, `0 to ${rows - 1}`, 'G8')
    if (!isRow) return
    const least = noneIsNew ? seqlenQ - 1 : 0
    const fits = last >= least && last < seqlenK
    list.require(fits, path, last, `${least} to ${seqlenK - 1}, totalSequenceLength - 1`, 'E18')
  })
  if (!rotary?.positions) return list.faults
  hostNumbers(inputs.positionIds).forEach((position, i) => {
    const fits = position >= 0 && position < rotary.tableRows
    list.require(fits, `positionIds[${i}]`, position, `0 to ${rotary.tableRows - 1}`, 'E17')
  })
  return list.faults
}

function hostNumbers(tensor: Tensor | undefined): readonly number[] {
  return tensor?.location === 'host' ? Array.from(tensor.data, Number) : []
}

/** Faults by G21: presentKey in the buffer of the past, and presentValue not, or the other way. */
export function checkSharing(inputs: Inputs, outputs: Inputs): readonly Fault[] {
  const list = new FaultList()
  const shares = (name: 'Key' | 'Value') => {
    const present = outputs[`present${name}`]
    return present !== undefined && present === inputs[`past${name}`]
  }
  if (shares('Key') === shares('Value')) return list.faults
  const [one, other] = shares('Key') ? ['Value', 'Key'] : ['Key', 'Value']
  const required = `past${one}, as present${other} is past${other}`
  list.add(`outputs.present${one}`, 'another tensor', required, 'G21')
  return list.faults
}
