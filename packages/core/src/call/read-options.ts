import { describeValue } from '../errors/describe-value.js'
import { invalidArgument } from '../errors/invalid-argument.js'

/** The options of a call, which may be left out. Throws `invalid-argument` when they are no object. */
export function readOptions<O extends object>(
  operator: string,
  options: O | undefined,
): Partial<O> {
  if (options === undefined) return {}
  if (typeof options === 'object' && options !== null) return options
  const found = describeValue(options)
  throw invalidArgument(operator, [{ path: 'options', found, required: 'an object' }])
}
