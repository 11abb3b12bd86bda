import { markdownTable } from './marked-block.mjs'

/** Vertical bars would end a cell. */
const cell = (text) => String(text).replaceAll('|', '\\|')
const code = (text) => `\`${text}\``

/** The method of an attention that calls the operator. */
function method(name) {
  if (name === 'ai.onnx::Attention') return 'onnxAttention'
  return name.charAt(0).toLowerCase() + name.slice(1)
}

const FLOATS = ['float32', 'float16', 'bfloat16', 'float64']

function dtypesText(dtypes) {
  const floats = FLOATS.every((dtype) => dtypes.includes(dtype))
  const others = dtypes.filter((dtype) => !floats || !FLOATS.includes(dtype))
  return [...(floats ? ['floats'] : []), ...others].join(', ')
}

function input({ name, required, dtypes, shapes, scalar, since, description }) {
  const presence = required
    ? 'required'
    : since === undefined
      ? ''
      : `from operator set ${since} on`
  const place = scalar ? 'A number, known on the host. ' : ''
  const forms = shapes.map(code).join(' or ')
  return [code(name), forms, dtypesText(dtypes), presence, place + description]
}

function attribute({ name, type, required, since, description, ...rest }) {
  const version = since === undefined ? '' : ` (from operator set ${since} on)`
  const preset = required ? 'required' : rest.default === undefined ? '' : code(rest.default)
  return [code(name), type, preset, description + version]
}

function output({ name, shape, onnxName, description }) {
  const other = onnxName === undefined ? '' : ` ONNX's \`${onnxName}\`.`
  return [code(name), code(shape), description + other]
}

function table(header, rows) {
  return markdownTable([header, ...rows.map((row) => row.map(cell))])
}

function rules(entries) {
  return table(['rule', 'what it says'], Object.entries(entries))
}

/**
 * An operator's part of docs/operators.md, from its declarations and rules.
 *
 * @param {object} operator an `OperatorDefinition`
 * @param {readonly string[]} shared rules that are explained once for all operators
 */
export function operatorSection({ name, domain, ...operator }, shared) {
  const own = Object.entries(operator.rules).filter(([rule]) => !shared.includes(rule))
  const lifted = Object.keys(operator.lifted)
  return [
    `## ${name}`,
    `${code(`attention.${method(name)}()`)}, of the domain ${code(domain)}.`,
    '### Inputs',
    table(['input', 'shape', 'dtypes', '', 'what it is'], operator.inputs.map(input)),
    '### Attributes',
    table(['attribute', 'type', 'default', 'what it does'], operator.attributes.map(attribute)),
    '### Outputs',
    table(['output', 'shape', 'what it is'], operator.outputs.map(output)),
    '### Rules',
    rules(Object.fromEntries(own)),
    ...(lifted.length === 0
      ? []
      : ['What ONNX Runtime refuses, or reads otherwise, and works here:', rules(operator.lifted)]),
  ].join('\n\n')
}
