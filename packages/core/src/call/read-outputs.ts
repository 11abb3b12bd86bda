import type { FaultList } from '../errors/fault-list.js'
import type { LoweredOutput, OperatorDefinition } from '../operators/operator.js'
import { sameShape, shapeText } from '../tensor/shape.js'
import type { Tensor } from '../tensor/tensor.js'
import { checkTensor } from './check-tensor.js'
import { checkNames, readFields } from './read-inputs.js'

/** The outputs that a caller asks for, and the tensors given for them. */
export interface RequestedOutputs {
  readonly requested: ReadonlySet<string>
  readonly given: Readonly<Record<string, Tensor>>
}

const NONE: RequestedOutputs = { requested: new Set(), given: {} }

/** Reads the option `outputs`: each name with a tensor, or with `true`. Notes faults. */
export function readOutputs(
  { name: operator, outputs: declared }: OperatorDefinition,
  outputs: unknown,
  list: FaultList,
): RequestedOutputs {
  if (outputs === undefined) return NONE
  const fields = readFields('outputs', outputs, list)
  checkNames('outputs.', declared, fields, 'output', list)
  const requested = new Set<string>()
  const given: Record<string, Tensor> = {}
  for (const { name } of declared) {
    const value = fields[name]
    if (value === undefined || value === false) continue
    requested.add(name)
    if (value !== true && checkTensor(operator, `outputs.${name}`, value, list)) given[name] = value
  }
  return { requested, given }
}

/** Notes where the tensors given differ from what the call writes. */
export function checkOutputs(
  written: readonly LoweredOutput[],
  given: Readonly<Record<string, Tensor>>,
  list: FaultList,
): void {
  for (const { name, dtype, shape } of written) {
    const tensor = given[name]
    if (tensor === undefined) continue
    const path = `outputs.${name}`
    list.require(tensor.dtype === dtype, `${path}.dtype`, tensor.dtype, dtype)
    if (sameShape(tensor.shape, shape)) continue
    list.add(`${path}.shape`, shapeText(tensor.shape), shapeText(shape))
  }
}
