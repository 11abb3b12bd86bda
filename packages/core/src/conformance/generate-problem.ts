import type { Capabilities } from '../backend/capabilities.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import { defineProblem } from '../problem/define-problem.js'
import { REFERENCE_CAPABILITIES } from '../reference/reference-capabilities.js'
import { drawFeatures } from './draw-features.js'
import { drawSizes } from './draw-sizes.js'
import type { Random } from './random.js'

/** What the problems are to be like. */
export interface GeneratorLimits {
  /** What to draw from. Default: everything that a problem can say, but float64. */
  readonly capabilities?: Capabilities
  /** Problems that it refuses are drawn again. */
  readonly supports?: (problem: AttentionProblem) => boolean
  /** Default 2e8. */
  readonly maxFlops?: number
}

const MAX_TRIES = 200

/**
 * A random problem: sizes log-uniform, features drawn one by one from what the capabilities say.
 * When `supports` refuses 200 in a row, the last of those.
 */
export function generateProblem(random: Random, limits: GeneratorLimits = {}): AttentionProblem {
  const { maxFlops = 2e8, supports = () => true } = limits
  const able = limits.capabilities ?? REFERENCE_CAPABILITIES
  const draw = () => defineProblem(drawFeatures(random, able, drawSizes(random, able, maxFlops)))
  let problem = draw()
  for (let tries = 1; tries < MAX_TRIES && !supports(problem); tries++) problem = draw()
  return problem
}
