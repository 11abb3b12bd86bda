import type { LoweredCall } from './operator.js'
import type { Arguments } from './read-arguments.js'

/** The roles, of those that `inputs` names an input for, whose input was given. */
export function givenRoles(
  { given }: Arguments,
  inputs: LoweredCall['roles'],
): LoweredCall['roles'] {
  return Object.fromEntries(Object.entries(inputs).filter(([, input]) => given.has(input)))
}
