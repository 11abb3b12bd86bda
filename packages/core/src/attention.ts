import type { AttentionMethod } from './attention-operator-types.js'
import { type CheckedOptions, checkOptions } from './attention-options.js'
import type {
  Attention,
  AttentionOptions,
  BackendStatus,
  CallInputs,
  CallOptions,
  ComputeOptions,
  ExplainCallOptions,
  ExplainedCall,
  ExplainOptions,
  OperatorResult,
  PlannedCall,
  PlannedProblem,
  PrepareOptions,
} from './attention-types.js'
import { deviceProperties } from './backend/device-properties.js'
import { type FoundBackend, findBackends } from './backend/find-backends.js'
import type { CallContext } from './call/call-context.js'
import { callOperator } from './call/call-operator.js'
import { readProblem } from './call/check-problem-call.js'
import { explainCall } from './call/explain-call.js'
import { explainProblem } from './call/explain-problem.js'
import { guard, guardAsync } from './call/guard.js'
import { PlannedOperator } from './call/planned-operator.js'
import { readOptions } from './call/read-options.js'
import { computeProblem, planProblem } from './call/run-problem.js'
import type { Decision } from './dispatch/decision.js'
import { Dispatcher } from './dispatch/dispatcher.js'
import { readEnvironment } from './dispatch/environment.js'
import { RecentlyUsed } from './dispatch/recently-used.js'
import { describeValue } from './errors/describe-value.js'
import { disposed } from './errors/disposed.js'
import { invalidArgument } from './errors/invalid-argument.js'
import type { GroupQueryAttentionMethod } from './group-query-attention-types.js'
import type { MultiHeadAttentionMethod } from './multi-head-attention-types.js'
import type { OnnxAttentionMethod } from './onnx-attention-types.js'
import { OPERATORS } from './operators/index.js'
import type { Attributes, OperatorDefinition, Specs } from './operators/operator.js'
import type {
  PackedAttentionMethod,
  PackedMultiHeadAttentionMethod,
} from './packed-attention-types.js'
import type { AttentionProblem } from './problem/attention-problem.js'
import type { AttentionTensors } from './problem/attention-tensors.js'
import { reference } from './reference/reference.js'

type PrepareProblemOptions = Pick<PrepareOptions, 'policy' | 'location'>

function statusOf({ backend, availability }: FoundBackend): BackendStatus {
  const { name } = backend
  if (availability.status === 'unavailable') {
    return { name, status: 'unavailable', reason: availability.reason }
  }
  const { devices, build } = availability
  return { name, status: 'ready', devices: devices.map(deviceProperties), build }
}

function definitionOf(operator: unknown): OperatorDefinition {
  const definition = typeof operator === 'string' ? OPERATORS.get(operator) : undefined
  if (definition !== undefined) return definition
  const required = `one of ${[...OPERATORS.keys()].join(', ')}`
  throw invalidArgument('call', [{ path: 'operator', found: describeValue(operator), required }])
}

/** What errors name: the operator, unless it is none. */
function nameOf(operator: unknown, called: string): string {
  return typeof operator === 'string' && OPERATORS.has(operator) ? operator : called
}

class BackendsAttention implements Attention {
  readonly backends: readonly BackendStatus[]
  readonly attention = this.#method<AttentionMethod<CallOptions>>('Attention')
  readonly groupQueryAttention =
    this.#method<GroupQueryAttentionMethod<CallOptions>>('GroupQueryAttention')
  readonly multiHeadAttention =
    this.#method<MultiHeadAttentionMethod<CallOptions>>('MultiHeadAttention')
  readonly onnxAttention = this.#method<OnnxAttentionMethod<CallOptions>>('ai.onnx::Attention')
  readonly packedAttention = this.#method<PackedAttentionMethod<CallOptions>>('PackedAttention')
  readonly packedMultiHeadAttention = this.#method<PackedMultiHeadAttentionMethod<CallOptions>>(
    'PackedMultiHeadAttention',
  )
  readonly #context: CallContext
  readonly #dispatcher: Dispatcher
  #disposed = false

  constructor(found: readonly FoundBackend[], options: CheckedOptions) {
    const { absent, policy, device, threads } = options
    const names = [...found.map(({ backend }) => backend.name), ...absent.map(({ name }) => name)]
    const environment = readEnvironment(options.environment, names)
    this.#dispatcher = new Dispatcher({ found, absent, policy, environment })
    this.backends = Object.freeze([...found.map(statusOf), ...absent])
    this.#context = {
      dispatcher: this.#dispatcher,
      lowered: new RecentlyUsed(),
      threads,
      deviceIndex: device,
      assertUsable: (operator) => {
        if (this.#disposed) throw disposed(operator, 'the attention')
      },
    }
  }

  /** The method of an operator, which can be taken off the object, typed by the operator's own interface. */
  #method<Method>(operator: string): Method {
    const method = (inputs: CallInputs, attributes: Attributes, options?: CallOptions) =>
      this.call(operator, inputs, attributes, options)
    return method as Method
  }

  call(
    operator: string,
    inputs: CallInputs,
    attributes: Attributes,
    options?: CallOptions,
  ): Promise<OperatorResult> {
    return guardAsync(nameOf(operator, 'call'), async () => {
      const definition = definitionOf(operator)
      this.#context.assertUsable(operator)
      const read = readOptions(operator, options)
      return callOperator(this.#context, definition, inputs, attributes, read)
    })
  }

  compute(
    problem: AttentionProblem,
    tensors: AttentionTensors,
    options?: ComputeOptions,
  ): Promise<{ readonly decision: Decision }> {
    return guardAsync('compute', async () => {
      this.#context.assertUsable('compute')
      return computeProblem(this.#context, problem, tensors, readOptions('compute', options))
    })
  }

  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options: PrepareOptions & { readonly location: 'cuda' },
  ): PlannedCall<OperatorResult>
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options: PrepareOptions & { readonly location: 'host' },
  ): PlannedCall<Promise<OperatorResult>>
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options?: PrepareOptions,
  ): PlannedCall
  prepare(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options?: PrepareOptions,
  ): PlannedCall<never> {
    return guard(nameOf(operator, 'prepare'), () => {
      const definition = definitionOf(operator)
      this.#context.assertUsable(operator)
      const read = readOptions(operator, options)
      // What run() returns follows from the location, as the overloads say.
      return new PlannedOperator(
        this.#context,
        definition,
        specs,
        attributes,
        read,
      ) as PlannedCall as PlannedCall<never>
    })
  }

  prepareProblem(
    problem: AttentionProblem,
    options: PrepareProblemOptions & { readonly location: 'cuda' },
  ): PlannedProblem<void>
  prepareProblem(problem: AttentionProblem, options?: PrepareProblemOptions): PlannedProblem
  prepareProblem(
    problem: AttentionProblem,
    options?: PrepareProblemOptions,
  ): PlannedProblem<never> {
    return guard('prepareProblem', () => {
      this.#context.assertUsable('prepareProblem')
      const read = readOptions('prepareProblem', options)
      return planProblem(this.#context, problem, read) as PlannedProblem<never>
    })
  }

  explain(problem: AttentionProblem, options?: ExplainOptions): Decision {
    return guard('explain', () => {
      this.#context.assertUsable('explain')
      const read = readOptions('explain', options)
      return explainProblem(this.#context, readProblem(problem), read)
    })
  }

  explainCall(
    operator: string,
    specs: Specs,
    attributes: Attributes,
    options?: ExplainCallOptions,
  ): ExplainedCall {
    return guard(nameOf(operator, 'explainCall'), () => {
      const definition = definitionOf(operator)
      this.#context.assertUsable(operator)
      const read = readOptions(operator, options)
      return explainCall(this.#context, definition, specs, attributes, read)
    })
  }

  [Symbol.dispose](): void {
    this.#disposed = true
    this.#dispatcher.clear()
    this.#context.lowered.clear()
  }
}

/**
 * Attention over the backends given, in their order where nothing is known of their speed; core's own
 * float64 reference comes last, so that every problem has a backend on the host. Finding out which of
 * them can be used here never throws: see {@link Attention.backends}.
 *
 * Throws `invalid-argument` for wrong options, names of backends that are not known and environment
 * variables that do not parse.
 */
export async function createAttention(options: AttentionOptions = {}): Promise<Attention> {
  const checked = checkOptions(options)
  const last = reference()
  const known = checked.backends.some(({ name }) => name === last.name)
  const found = await findBackends(known ? checked.backends : [...checked.backends, last])
  return guard('createAttention', () => new BackendsAttention(found, checked))
}
