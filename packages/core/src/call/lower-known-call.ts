import type { RecentlyUsed } from '../dispatch/recently-used.js'
import type { FaultList } from '../errors/fault-list.js'
import type { Attributes, LoweredCall, OperatorDefinition } from '../operators/operator.js'
import { callKey } from './call-key.js'
import { lowerCall, type ReadArguments } from './lower-call.js'

/** {@link lowerCall}, but for calls like one of the last, which come out as that did. */
export function lowerKnownCall(
  known: RecentlyUsed<LoweredCall>,
  definition: OperatorDefinition,
  args: ReadArguments,
  attributes: Attributes,
  list: FaultList,
): LoweredCall {
  const key = list.empty ? callKey(definition, args, attributes) : null
  if (key === null) return lowerCall(definition, args, attributes, list)
  return known.get(key, () => {
    const lowered = lowerCall(definition, args, attributes, list)
    // Backends of later calls see it too.
    Object.freeze(lowered.problem)
    return lowered
  })
}
