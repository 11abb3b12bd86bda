import type { Fault } from '../errors/attention-error.js'
import { describeValue } from '../errors/describe-value.js'
import { invalidArgument } from '../errors/invalid-argument.js'
import {
  ONNXRUNTIME_VARIABLES,
  type OnnxruntimeVariable,
  type VariableKind,
} from './environment-variables.js'

/** The variables as they were when attention was created; one that is empty counts as not set. */
export interface DispatchEnvironment {
  /** ONNX Runtime's, as numbers: 0 and 1 for switches, else a length. */
  readonly onnxruntime: ReadonlyMap<OnnxruntimeVariable, number>
  /** `ATTNKIT_BACKEND`: the only backend allowed where no policy is given. */
  readonly backend: string | null
  /** `ATTNKIT_DISABLE`: backends that are not to be used. */
  readonly disabled: ReadonlySet<string>
  /** `ATTNKIT_DEBUG=dispatch`: a line on stderr for each decision. */
  readonly debug: boolean
}

type Variables = Readonly<Record<string, string | undefined>>

const ALLOWED: Record<VariableKind, string> = {
  boolean: '0 or 1',
  length: 'a whole number, 0 or more',
}

const PATTERNS: Record<VariableKind, RegExp> = { boolean: /^[01]$/, length: /^\d{1,9}$/ }

/** A variable's value; empty when it is not set. */
function readVariable(variables: Variables, name: string): string {
  return String(variables[name] ?? '').trim()
}

function fault(variable: string, value: string, required: string): Fault {
  return { path: variable, found: describeValue(value), required }
}

function readOnnxruntime(variables: Variables, faults: Fault[]): Map<OnnxruntimeVariable, number> {
  const settings = new Map<OnnxruntimeVariable, number>()
  for (const [name, { kind }] of Object.entries(ONNXRUNTIME_VARIABLES)) {
    const value = readVariable(variables, name)
    if (value === '') continue
    if (PATTERNS[kind].test(value)) settings.set(name as OnnxruntimeVariable, Number(value))
    else faults.push(fault(name, value, ALLOWED[kind]))
  }
  return settings
}

function readList(value: string): readonly string[] {
  const entries = value.split(',').map((entry) => entry.trim())
  return entries.filter((entry) => entry !== '')
}

function readNames(
  variable: string,
  variables: Variables,
  allowed: readonly string[],
  faults: Fault[],
): readonly string[] {
  const names = readList(readVariable(variables, variable))
  for (const name of names) {
    if (!allowed.includes(name)) faults.push(fault(variable, name, `one of ${allowed.join(', ')}`))
  }
  return names
}

/**
 * Reads the variables that steer dispatch. `known` are the names that a backend may be called by.
 * Throws `invalid-argument` that names the variable, its value and those allowed.
 */
export function readEnvironment(
  variables: Variables,
  known: readonly string[],
): DispatchEnvironment {
  const faults: Fault[] = []
  const onnxruntime = readOnnxruntime(variables, faults)
  const disabled = readNames('ATTNKIT_DISABLE', variables, known, faults)
  const debug = readNames('ATTNKIT_DEBUG', variables, ['dispatch'], faults)
  const backend = readVariable(variables, 'ATTNKIT_BACKEND') || null
  if (backend !== null && !known.includes(backend)) {
    faults.push(fault('ATTNKIT_BACKEND', backend, `one of ${known.join(', ')}`))
  }
  if (faults.length > 0) throw invalidArgument('createAttention', faults)
  return {
    onnxruntime,
    backend,
    disabled: new Set(disabled),
    debug: debug.length > 0 || onnxruntime.get('ORT_ENABLE_ATTENTION_KERNEL_DEBUG_INFO') === 1,
  }
}
