import {
  type Attention,
  compareTensors,
  type FloatDtype,
  type HostTensor,
  isAttentionError,
  isFloatDtype,
  only,
  type Reason,
  sameShape,
  shapeText,
  toFloat64,
} from '@attnkit/core'
import { featuresOf } from '@attnkit/core/conformance'
import type { CountedCase, VerifiedCase, VerifiedOutput } from '../verify-report.js'
import type { NodeTest } from './find-node-tests.js'
import { type ReadNodeTest, readNodeTest } from './read-node-test.js'

/**
 * Largest relative norm of an output's error. What the tests expect was rounded to the dtype itself, after
 * steps that were rounded too, so that it is further from the truth than results may be.
 */
const ALLOWED: Readonly<Record<FloatDtype, number>> = {
  float64: 1e-10,
  float32: 1e-5,
  float16: 1e-3,
  bfloat16: 1e-2,
}

/** Runs a node test on one backend. Never rejects: what goes wrong is the case's result. */
export async function runNodeTest(
  test: NodeTest,
  attention: Attention,
  backend: string,
): Promise<CountedCase> {
  const base = { name: test.name, backend, outputs: [] }
  try {
    const read = await readNodeTest(test)
    if ('code' in read) return unsupported(base, [read])
    const { features, variant, outputs } = await compute(read, attention, backend)
    const faults = outputs.flatMap(({ fault }) => fault ?? [])
    const shown = outputs.map(({ fault: _, ...output }) => output)
    const status = faults.length === 0 ? 'passed' : 'failed'
    const reason = faults.length === 0 ? {} : { reason: faults.join('; ') }
    return { shown: { ...base, status, variant, outputs: shown, ...reason }, features }
  } catch (error) {
    if (isAttentionError(error) && error.code === 'no-backend-supports') {
      const reasons = (error.details.reasons ?? []).filter((one) => one.backend === backend)
      return unsupported(base, reasons)
    }
    return { shown: { ...base, status: 'failed', reason: errorReason(error) }, features: [] }
  }
}

function unsupported(base: Omit<VerifiedCase, 'status'>, reasons: readonly Reason[]): CountedCase {
  const text = reasons.map(
    ({ code, subject, found, required }) =>
      `${code}: ${subject}: found ${found}, required ${required}`,
  )
  return { shown: { ...base, status: 'unsupported', reason: text.join('; ') }, features: [] }
}

/** An error in one line, its code in front: ours, or that of Node.js. */
function errorReason(error: unknown): string {
  if (!(error instanceof Error)) return `internal: ${String(error)}`
  const { code = 'internal', message } = error as NodeJS.ErrnoException
  return `${code}: ${message.replace(/\s*\n\s*/g, '; ')}`
}

interface ComparedOutput extends VerifiedOutput {
  readonly fault?: string
}

interface ComputedTest {
  readonly features: readonly string[]
  readonly variant: string
  readonly outputs: readonly ComparedOutput[]
}

async function compute(
  { call, inputs, expected }: ReadNodeTest,
  attention: Attention,
  backend: string,
): Promise<ComputedTest> {
  const requested = Object.fromEntries(Object.keys(expected).map((name) => [name, true]))
  const planned = attention.prepare(call.definition.name, inputs, call.attributes, {
    policy: only(backend),
    outputs: requested,
    location: 'host',
  })
  const result = await planned.run(inputs)
  const outputs = Object.entries(expected).map(([name, tensor]) =>
    compare(call.outputs[name] ?? name, result[name] as HostTensor | undefined, tensor),
  )
  const { variant } = result.decision
  return { features: featuresOf(planned.problem), variant, outputs }
}

function compare(
  name: string,
  actual: HostTensor | undefined,
  expected: HostTensor,
): ComparedOutput {
  const { dtype, shape } = expected
  const allowed = isFloatDtype(dtype) ? ALLOWED[dtype] : 0
  if (actual?.dtype !== dtype || !sameShape(actual.shape, shape)) {
    const found = actual === undefined ? 'nothing' : `${actual.dtype} ${shapeText(actual.shape)}`
    const fault = `${name}: found ${found}, required ${dtype} ${shapeText(shape)}`
    return { name, relError: Number.POSITIVE_INFINITY, allowed, fault }
  }
  const tolerance = { norm: allowed, max: Number.POSITIVE_INFINITY }
  const { relError, ok } = compareTensors(toFloat64(actual), toFloat64(expected), tolerance)
  if (ok) return { name, relError, allowed }
  return {
    name,
    relError,
    allowed,
    fault: `${name}: ${errorText(relError)} of ${allowed.toExponential()}`,
  }
}

function errorText(relError: number): string {
  return Number.isFinite(relError)
    ? `relative norm ${relError.toExponential(2)}`
    : 'a NaN or an infinity that differs, relative norm Infinity'
}
