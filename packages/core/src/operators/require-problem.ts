import { invalidArgument } from '../errors/invalid-argument.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import { completeProblem, type ProblemOptions } from '../problem/define-problem.js'
import { problemFaults } from '../problem/problem-faults.js'
import type { Arguments } from './read-arguments.js'

/**
 * The problem of a call with which nothing is wrong; `options` is null where it could not be read.
 * Throws `invalid-argument` with every fault; those of the problem itself break rule E13.
 */
export function requireProblem(
  { list }: Arguments,
  operator: string,
  options: ProblemOptions | null,
): AttentionProblem {
  if (options !== null && list.empty) {
    const problem = completeProblem({ ...options, operator })
    for (const fault of problemFaults(problem)) list.faults.push({ ...fault, rule: 'E13' })
    if (list.empty) return problem
  }
  throw invalidArgument(operator, list.faults)
}
