import type { ExplainCallOptions, ExplainedCall } from '../attention-types.js'
import { FaultList } from '../errors/fault-list.js'
import type { OperatorDefinition } from '../operators/operator.js'
import type { CallContext } from './call-context.js'
import { explainProblem } from './explain-problem.js'
import { lowerCall, readAttributes } from './lower-call.js'
import { needsOf } from './needs-of.js'
import { placeOf } from './place.js'
import { readOutputs } from './read-outputs.js'
import { readSpecs } from './read-specs.js'

/** Validates and lowers a call that has shapes instead of tensors, and says what would run it. */
export function explainCall(
  context: CallContext,
  definition: OperatorDefinition,
  specs: unknown,
  attributes: unknown,
  options: ExplainCallOptions,
): ExplainedCall {
  const list = new FaultList()
  const planned = readSpecs(definition, specs, options.scalars, list)
  const { requested } = readOutputs(definition, options.outputs, list)
  const place = placeOf(planned.tensors, list)
  const checked = readAttributes(attributes, list)
  const lowered = lowerCall(definition, { ...planned, requested }, checked, list)
  const { problem } = lowered
  const location = options.location ?? options.device?.type ?? place.location
  const deviceIndex = place.location === 'cuda' ? place.device.index : context.deviceIndex
  const where = { ...options, location }
  const decision = explainProblem({ ...context, deviceIndex }, problem, where, needsOf(lowered))
  return { problem, decision }
}
