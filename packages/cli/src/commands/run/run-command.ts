import { type InputDeclaration, OPERATORS, type OperatorDefinition } from '@attnkit/core'
import type { Command } from 'commander'
import type { CommandContext } from '../../command-context.js'
import { collect, wholeNumber } from '../../flags.js'
import { kebabCase } from '../../names.js'
import { addPolicyFlags, type PolicyFlags } from '../../policy-flags.js'
import { attributeOption } from './attribute-option.js'

const EXAMPLES = `Examples:
  attnkit run MultiHeadAttention --query q.npy --key k.npy --value v.npy --num-heads 12 --output output=out.npy
  attnkit run GroupQueryAttention --input all.safetensors --num-heads 32 --kv-num-heads 8 --output out.safetensors
  attnkit run Attention --input input=x.npy --weights w.npy --bias b.npy --num-heads 12 --qkv-hidden-sizes 768,768,512
  attnkit run ai.onnx::Attention --q q.npy --k k.npy --v v.npy --attn-mask mask.npy
  attnkit run MultiHeadAttention --help            its inputs, attributes and outputs
`

/** The flag of any input by its name. An input of this very name has no other flag. */
const ANY_INPUT = 'input'

/** Flags of `run <operator>`, as commander gives them; the operator's own are there by their names. */
export interface RunFlags extends PolicyFlags {
  readonly input?: readonly string[]
  readonly output?: readonly string[]
  readonly threads?: number
  readonly [name: string]: unknown
}

/** Declares `attnkit run`, with a subcommand for each operator made from its declarations. */
export function runCommand(program: Command, context: CommandContext): void {
  const run = program
    .command('run')
    .description('run an operator on tensors from .npy and .safetensors files')
    .addHelpText('before', EXAMPLES)
  for (const operator of OPERATORS.values()) operatorCommand(run, operator, context)
}

function operatorCommand(
  run: Command,
  operator: OperatorDefinition,
  { session, finish }: CommandContext,
): void {
  const { name, domain, inputs, attributes, outputs } = operator
  const command = run.command(name).description(name.includes('::') ? name : `${domain}::${name}`)
  command.addHelpText('before', operatorExamples(operator))
  for (const input of inputs) {
    if (input.name === ANY_INPUT) continue
    const value = input.scalar ? '<number or file>' : '<file>'
    command.option(`--${kebabCase(input.name)} ${value}`, shapesText(input))
  }
  for (const attribute of attributes) command.addOption(attributeOption(attribute))
  command
    .option(`--${ANY_INPUT} <name=file>`, filesText(operator), collect)
    .option('--output <name=file>', 'an output, or all outputs in one .safetensors file', collect)
  addPolicyFlags(command)
    .option('--threads <n>', 'threads of a backend of the host', wholeNumber(1))
    .addHelpText('after', `\nOutputs:\n${outputLines(outputs)}`)
    .action(async (flags: RunFlags) => {
      const { runOperator } = await import('./run-operator.js')
      finish(await runOperator(operator, flags, session))
    })
}

function shapesText({ shapes, description }: InputDeclaration): string {
  return (shapes.length > 0 ? `${shapes.join(' or ')}: ` : '') + description
}

/** What `--input` takes, and what the input of this very name is. */
function filesText({ inputs }: OperatorDefinition): string {
  const files = 'an input, or all inputs of one .safetensors file'
  const own = inputs.find(({ name }) => name === ANY_INPUT)
  return own === undefined ? files : `${files}; the one called input is ${shapesText(own)}`
}

function operatorExamples({ name, inputs, attributes }: OperatorDefinition): string {
  const needed = inputs.filter(({ required }) => required)
  const files = needed.map(({ name, scalar }) => {
    const flag = kebabCase(name)
    if (flag === ANY_INPUT) return '--input input=input.npy'
    return `--${flag} ${scalar ? '128' : `${flag}.npy`}`
  })
  const numbers = attributes
    .filter(({ required }) => required)
    .map((attribute) => `--${kebabCase(attribute.name)} 12`)
  const words = [...files, ...numbers, '--output output=out.npy'].join(' ')
  return `Examples:\n  attnkit run ${name} ${words}\n`
}

function outputLines(outputs: OperatorDefinition['outputs']): string {
  return outputs
    .map(({ name, shape, description }) => `  ${name.padEnd(14)} ${shape}: ${description}`)
    .join('\n')
}
