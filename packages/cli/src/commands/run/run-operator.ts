import {
  type Attributes,
  type CallInputs,
  type Decision,
  type Dtype,
  type HostTensor,
  isTensor,
  type OperatorDefinition,
  type OperatorResult,
} from '@attnkit/core'
import { EXIT } from '../../exit-codes.js'
import { openAttention } from '../../open-attention.js'
import type { Outcome } from '../../outcome.js'
import { chosenPolicy } from '../../policy-flags.js'
import { runLines } from '../../render/run.js'
import type { Session } from '../../session.js'
import { readInputs } from './read-inputs.js'
import type { RunFlags } from './run-command.js'
import { type Summary, summarize } from './summarize.js'
import { fileArgument, type TensorArgument, tensorArgument } from './tensor-argument.js'
import { requestedOutputs, writeOutputs } from './write-outputs.js'

/** One output as `run` shows it. */
export interface RunOutput extends Summary {
  readonly name: string
  readonly dtype: Dtype
  readonly shape: readonly number[]
  /** Where it was written; null where no `--output` asked for it. */
  readonly file: string | null
}

/** What `run --json` prints. */
export interface RunReport {
  readonly operator: string
  /** Of the call, inputs and outputs in memory. */
  readonly milliseconds: number
  readonly outputs: readonly RunOutput[]
  readonly decision: Decision
}

/** Reads the inputs, runs the operator, writes the outputs. */
export async function runOperator(
  operator: OperatorDefinition,
  flags: RunFlags,
  session: Session,
): Promise<Outcome> {
  const { threads } = flags
  const outputArgs = (flags.output ?? []).map((text) => tensorArgument('--output', text))
  const requested = requestedOutputs(operator, outputArgs)
  const { files, scalars } = inputArguments(operator, flags)
  const { inputs, unused } = await readInputs(operator, files)
  if (unused.length > 0) session.stderr.write(`not inputs of it: ${unused.join(', ')}\n`)

  using opened = await openAttention(session, threads === undefined ? {} : { threads })
  const start = performance.now()
  const result = await opened.attention.call(
    operator.name,
    { ...inputs, ...scalars } satisfies CallInputs,
    attributesOf(operator, flags),
    { ...chosenPolicy(flags), outputs: Object.fromEntries(requested.map((name) => [name, true])) },
  )
  const milliseconds = performance.now() - start

  const outputs = hostOutputs(operator, result)
  const written = await writeOutputs(outputs, outputArgs)
  const report: RunReport = {
    operator: operator.name,
    milliseconds,
    outputs: [...outputs].map(([name, tensor]) => describe(name, tensor, written)),
    decision: result.decision,
  }
  return { exitCode: EXIT.ok, document: report, lines: (style) => runLines(report, style) }
}

interface InputArguments {
  readonly files: readonly TensorArgument[]
  readonly scalars: Readonly<Record<string, number>>
}

/** `--input` and the flags of the operator's inputs; a scalar may be a plain number. */
function inputArguments(operator: OperatorDefinition, flags: RunFlags): InputArguments {
  const files = (flags.input ?? []).map((text) => tensorArgument('--input', text))
  const scalars: Record<string, number> = {}
  for (const { name, scalar } of operator.inputs) {
    const value = flags[name]
    if (typeof value !== 'string') continue
    if (scalar && /^[0-9]+$/.test(value)) scalars[name] = Number(value)
    else files.push(fileArgument(`--${name}`, name, value))
  }
  return { files, scalars }
}

function attributesOf(operator: OperatorDefinition, flags: RunFlags): Attributes {
  const values = operator.attributes.map(({ name }) => [name, flags[name]])
  return Object.fromEntries(values) as Attributes
}

function hostOutputs(
  operator: OperatorDefinition,
  result: OperatorResult,
): ReadonlyMap<string, HostTensor> {
  const outputs = new Map<string, HostTensor>()
  for (const { name } of operator.outputs) {
    const value = result[name]
    if (isTensor(value) && value.location === 'host') outputs.set(name, value)
  }
  return outputs
}

function describe(
  name: string,
  tensor: HostTensor,
  written: ReadonlyMap<string, string>,
): RunOutput {
  const { dtype, shape } = tensor
  return { name, dtype, shape, file: written.get(name) ?? null, ...summarize(tensor) }
}
