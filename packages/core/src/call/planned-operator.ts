import type {
  CallInputs,
  OperatorResult,
  PlannedCall,
  PrepareOptions,
  RunOptions,
} from '../attention-types.js'
import type { Device } from '../backend/device.js'
import type { Decision } from '../dispatch/decision.js'
import type { Target } from '../dispatch/target.js'
import { FaultList } from '../errors/fault-list.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import type {
  Attributes,
  LoweredCall,
  OperatorDefinition,
  TensorSpec,
} from '../operators/operator.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import { sameShape, shapeText } from '../tensor/shape.js'
import { isTensor } from '../tensor/tensor.js'
import type { CallContext } from './call-context.js'
import { type ReadCall, readCall } from './call-operator.js'
import { checkCall } from './check-call.js'
import { mayShare } from './check-overlap.js'
import { guard, guardAsync } from './guard.js'
import { lowerCall, readAttributes } from './lower-call.js'
import { needsOf } from './needs-of.js'
import { placeOf, targetOf } from './place.js'
import { checkNames } from './read-inputs.js'
import { readOptions } from './read-options.js'
import { readOutputs } from './read-outputs.js'
import { readSpecs } from './read-specs.js'
import { type OperatorPlan, runOperatorOnDevice, runOperatorOnHost } from './run-operator.js'

type Scalars = Readonly<Record<string, number>>

/** A tensor of the planned dtype and shape that is on the planned device and still alive. */
function fitsDevice(value: unknown, { dtype, shape }: TensorSpec, deviceIndex: number): boolean {
  return (
    isTensor(value) &&
    value.location === 'cuda' &&
    value.dtype === dtype &&
    value.device.index === deviceIndex &&
    sameShape(value.shape, shape) &&
    !value.disposed
  )
}

/**
 * One operator whose shapes, attributes and place are fixed: validated, dispatched and planned. Only a
 * scalar input that changes plans anew.
 */
export class PlannedOperator implements PlannedCall {
  readonly #context: CallContext
  readonly #definition: OperatorDefinition
  readonly #specs: Readonly<Record<string, TensorSpec>>
  readonly #inputs: readonly (readonly [name: string, spec: TensorSpec])[]
  readonly #scalarInputs: OperatorDefinition['inputs']
  readonly #attributes: Attributes
  readonly #requested: ReadonlySet<string>
  readonly #target: Target
  readonly #policy: PrepareOptions['policy']
  #scalars: Scalars
  #plan: OperatorPlan

  constructor(
    context: CallContext,
    definition: OperatorDefinition,
    specs: unknown,
    attributes: unknown,
    options: PrepareOptions,
  ) {
    const list = new FaultList()
    const planned = readSpecs(definition, specs, options.scalars, list)
    const place = placeOf(planned.tensors, list)
    const { location } = options
    const isPlace = location === undefined || location === 'host' || location === 'cuda'
    list.require(isPlace, 'options.location', location, 'host or cuda')
    const { requested } = readOutputs(definition, options.outputs, list)
    const { deviceIndex } = context
    this.#context = context
    this.#definition = definition
    this.#specs = planned.specs
    this.#inputs = Object.entries(planned.specs)
    this.#scalarInputs = definition.inputs.filter(({ scalar }) => scalar === true)
    this.#attributes = readAttributes(attributes, list)
    this.#requested = requested
    this.#target =
      location === undefined || location === place.location
        ? targetOf(place, deviceIndex)
        : { location, deviceIndex }
    this.#policy = options.policy
    this.#scalars = planned.scalars
    const args = { ...planned, requested }
    const lowered = lowerCall(definition, args, this.#attributes, list)
    this.#plan = this.#select(lowered)
  }

  get decision(): Decision {
    return this.#plan.selection.decision
  }

  get problem(): AttentionProblem {
    return this.#plan.lowered.problem
  }

  run(inputs: CallInputs, options?: RunOptions): OperatorResult | Promise<OperatorResult> {
    const { name } = this.#definition
    return this.#target.location === 'cuda'
      ? guard(name, () => this.#enqueue(inputs, readOptions(name, options)))
      : guardAsync(name, () => this.#execute(inputs, readOptions(name, options)))
  }

  async #execute(inputs: CallInputs, options: RunOptions): Promise<OperatorResult> {
    this.#context.assertUsable(this.#definition.name)
    const { tensors, given } = this.#check(inputs, options)
    return runOperatorOnHost(this.#plan, tensors, given, this.#context.threads)
  }

  #enqueue(inputs: CallInputs, options: RunOptions): OperatorResult {
    this.#context.assertUsable(this.#definition.name)
    const device = this.#fits(inputs, options) ? deviceOf(inputs, this.#inputs[0]![0]) : undefined
    if (device !== undefined) {
      return runOperatorOnDevice(this.#plan, inputs, options.outputs, device, options.stream)
    }
    const { tensors, given, place } = this.#check(inputs, options)
    if (place.location === 'host') throw this.#wrongPlace('host')
    return runOperatorOnDevice(this.#plan, tensors, given, place.device, options.stream)
  }

  /** Whether the call is just as planned: a check without allocations; what fails it is looked at again. */
  #fits(inputs: CallInputs, { outputs, stream }: RunOptions): boolean {
    const { deviceIndex } = this.#target
    if (typeof inputs !== 'object' || inputs === null) return false
    for (const [name, spec] of this.#inputs) {
      if (!fitsDevice(inputs[name], spec, deviceIndex)) return false
    }
    for (const name in inputs) {
      if (this.#specs[name] !== undefined || inputs[name] === undefined) continue
      if (inputs[name] !== this.#scalars[name]) return false
    }
    if (stream !== undefined && stream.device?.index !== deviceIndex) return false
    return outputs === undefined || this.#fitOutputs(inputs, outputs)
  }

  #fitOutputs(inputs: CallInputs, given: NonNullable<RunOptions['outputs']>): boolean {
    const { outputs, problem, roles } = this.#plan.lowered
    let known = 0
    for (const output of outputs) {
      const tensor = given[output.name]
      if (tensor === undefined) continue
      known++
      if (!fitsDevice(tensor, output, this.#target.deviceIndex)) return false
      for (const other of outputs) {
        if (other !== output && given[other.name] === tensor) return false
      }
      for (const role in roles) {
        const input = role as keyof typeof roles
        if (inputs[roles[input]!] !== tensor) continue
        if (!output.roles.some((one) => mayShare(problem, one, input))) return false
      }
    }
    for (const name in given) if (given[name] !== undefined) known--
    return known === 0
  }

  /** Reads a call and holds it against the plan; plans anew for other scalars. Throws all faults. */
  #check(inputs: CallInputs, options: RunOptions): ReadCall {
    const { name: operator } = this.#definition
    const list = new FaultList()
    const call = readCall(this.#definition, inputs, options, list)
    const { tensors, unusable } = call
    checkNames('', this.#definition.inputs, unusable, 'input', list)
    for (const name of new Set([...Object.keys(this.#specs), ...Object.keys(tensors)])) {
      if (!Object.hasOwn(unusable, name)) {
        checkPlanned(name, this.#specs[name], tensors[name], list)
      }
    }
    for (const name of call.requested) {
      const planned = this.#plan.lowered.outputs.some((output) => output.name === name)
      list.require(planned, `outputs.${name}`, 'asked for', 'none, or prepare the call with it')
    }
    const { deviceIndex, location } = this.#target
    const found = call.place.location
    const elsewhere = call.place.location === 'cuda' && call.place.device.index !== deviceIndex
    if (location !== found) throw this.#wrongPlace(found)
    list.require(
      !elsewhere,
      'inputs',
      'tensors on another device',
      `tensors on cuda:${deviceIndex}`,
    )
    if (!list.empty) throw invalidArgument(operator, list.faults)
    this.#replan(call.scalars)
    checkCall(this.#definition, this.#plan.lowered, call.tensors, call.given)
    return call
  }

  #replan(given: Scalars): void {
    const changed = this.#scalarInputs.some(
      ({ name }) => given[name] !== undefined && given[name] !== this.#scalars[name],
    )
    if (!changed) return
    const scalars = { ...this.#scalars, ...given }
    const args = { specs: this.#specs, unusable: {}, scalars, requested: this.#requested }
    this.#plan = this.#select(lowerCall(this.#definition, args, this.#attributes, new FaultList()))
    this.#scalars = scalars
  }

  #select(lowered: LoweredCall): OperatorPlan {
    const { dispatcher } = this.#context
    const needs = needsOf(lowered)
    const selection = dispatcher.select(lowered.problem, this.#target, this.#policy, needs)
    return { lowered, selection }
  }

  #wrongPlace(found: string): Error {
    const required = `tensors on ${this.#target.location}, for which the call was prepared; prepare it with location: '${found}'`
    const faults = [{ path: 'inputs', found: `tensors on ${found}`, required }]
    return invalidArgument(this.#definition.name, faults)
  }
}

function deviceOf(inputs: CallInputs, name: string): Device | undefined {
  const tensor = inputs[name]
  return isTensor(tensor) && tensor.location === 'cuda' ? tensor.device : undefined
}

function checkPlanned(
  name: string,
  planned: TensorSpec | undefined,
  tensor: TensorSpec | undefined,
  list: FaultList,
): void {
  if (planned === undefined || tensor === undefined) {
    const [found, required] = planned ? ['nothing', 'a tensor'] : ['a tensor', 'nothing']
    list.add(name, found, `${required}, as the call was prepared`)
    return
  }
  list.require(tensor.dtype === planned.dtype, `${name}.dtype`, tensor.dtype, planned.dtype)
  if (sameShape(tensor.shape, planned.shape)) return
  list.add(`${name}.shape`, shapeText(tensor.shape), shapeText(planned.shape))
}
