import { HOST } from '../backend/device.js'
import type { AttentionProblem } from '../problem/attention-problem.js'
import type { FloatDtype } from '../tensor/dtype.js'
import type { ConformanceCase } from './conformance-case.js'
import { CONFORMANCE_CASES } from './conformance-cases.js'
import type { ConformanceTarget } from './conformance-target.js'
import { generateProblem } from './generate-problem.js'
import { Random } from './random.js'
import { randomTensors } from './random-tensors.js'
import { type CaseResult, type NamedCall, type Oracle, runCase } from './run-case.js'
import { shareBuffer } from './share-buffer.js'
import { steepenScores } from './steepen-scores.js'

export interface ConformanceOptions {
  /** Random problems, beside the chosen cases. Default 100. */
  readonly problems?: number
  /** Of the random problems. Default 1. */
  readonly seed?: number
  /** Only cases for whose name it is true. */
  readonly filter?: (name: string) => boolean
  /** Most work of a random problem. Default 2e8. */
  readonly maxFlops?: number
  /** Float64 attention. Default: the reference. */
  readonly oracle?: Oracle
}

/** How many cases {@link runConformance} runs with these options. */
export function countCases(target: ConformanceTarget, options: ConformanceOptions = {}): number {
  return [...namedCalls(target, options)].length
}

/**
 * Runs the chosen cases in each dtype of a backend, then random problems that it supports, and yields
 * each result. The same seed gives the same problems for the same backend.
 */
export async function* runConformance(
  target: ConformanceTarget,
  options: ConformanceOptions = {},
): AsyncGenerator<CaseResult, void, undefined> {
  for (const make of namedCalls(target, options)) {
    yield await runCase(target, make(), options.oracle)
  }
}

/** How many of the random problems have scores that differ much from key to key, where they can. */
const STEEP_SHARE = 0.3

type MakeCall = () => NamedCall

function* namedCalls(
  target: ConformanceTarget,
  options: ConformanceOptions,
): Generator<MakeCall, void, undefined> {
  const { filter = () => true, problems = 100, seed = 1 } = options
  for (const chosen of CONFORMANCE_CASES) {
    for (const dtype of target.backend.capabilities.dtypes) {
      const name = `${chosen.name}/${dtype}`
      if (filter(name)) yield () => nameCase(name, chosen, dtype, seed)
    }
  }
  for (let number = 0; number < problems; number++) {
    const name = `random-${seed}-${number}`
    if (filter(name)) yield () => ({ name, ...bindRandom(target, options, seed, number) })
  }
}

function nameCase(
  name: string,
  chosen: ConformanceCase,
  dtype: FloatDtype,
  seed: number,
): NamedCall {
  const bound = bindCase(chosen, dtype, seed)
  return { name, bound, ...(chosen.same && { same: chosen.same(bound) }) }
}

/** The tensors of a chosen case; the seed decides their values. */
export function bindCase(chosen: ConformanceCase, dtype: FloatDtype, seed: number) {
  const random = new Random(seed)
  const problem = chosen.problem(dtype)
  return chosen.tensors?.(problem, random) ?? randomTensors(problem, random)
}

function bindRandom(
  { backend, ...target }: ConformanceTarget,
  { maxFlops }: ConformanceOptions,
  seed: number,
  number: number,
): Pick<NamedCall, 'bound' | 'features'> {
  const random = new Random(Math.imul(seed, 0x9e3779b1) + number)
  const device = 'device' in target ? target.device : HOST
  const supports = (problem: AttentionProblem) =>
    backend.supports(problem, device).reasons.length === 0
  const { capabilities } = backend
  const limits = { capabilities, supports, ...(maxFlops !== undefined && { maxFlops }) }
  const bound = randomTensors(generateProblem(random, limits), random)
  const isSteep = random.chance(STEEP_SHARE) && steepenScores(bound, random)
  return {
    bound: random.chance(0.5) ? shareBuffer(bound) : bound,
    features: isSteep ? ['steep-scores'] : [],
  }
}
