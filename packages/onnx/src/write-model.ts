import {
  type AttributeDeclaration,
  type Attributes,
  type AttributeValue,
  type Dtype,
  describeValue,
  type HostTensor,
  invalidArgument,
  OPERATORS,
  type OperatorDefinition,
  type TensorSpec,
} from '@attnkit/core'
import { create, type MessageInitShape, toBinary } from '@bufbuild/protobuf'
import { ELEMENT_TYPES } from './element-types.js'
import { ATTRIBUTE_KINDS } from './operator-calls.js'
import { firstVersion, ONNX_DOMAIN, onnxName, opTypeOf } from './operators.js'
import {
  type AttributeProtoSchema,
  AttributeProto_AttributeType as AttributeType,
  ModelProtoSchema,
  type ValueInfoProtoSchema,
} from './proto/onnx_pb.js'
import { tensorProto } from './write-tensor.js'

/** The version of the format itself; ONNX Runtime 1.18 and newer read it. */
const IR_VERSION = 10
/** Of the standard operators, where the model's one operator is none of them. */
const ONNX_OPSET = 17

/** A tensor of a model whose shape need not be told. */
export interface ValueSpec {
  readonly dtype: Dtype
  readonly shape?: readonly number[]
}

/** A call of one operator, whose values have the names that `@attnkit/core` gives them. */
export interface ModelCall {
  /** As core names it, e.g. `MultiHeadAttention` or `ai.onnx::Attention`. */
  readonly operator: string
  /** The version of its operator set. Default: the first that has the operator. */
  readonly opset?: number
  readonly inputs: Readonly<Record<string, TensorSpec>>
  /** Inputs that are part of the model. */
  readonly constants?: Readonly<Record<string, HostTensor>>
  readonly attributes?: Attributes
  /** The outputs wanted. */
  readonly outputs: Readonly<Record<string, ValueSpec>>
}

/**
 * The bytes of a model of one node, whose inputs and outputs are those of its graph.
 * @throws AttentionError `invalid-argument` for names that the operator does not declare.
 */
export function writeModel(call: ModelCall): Uint8Array<ArrayBuffer> {
  const definition = OPERATORS.get(call.operator)
  if (definition === undefined) {
    const required = `one of ${[...OPERATORS.keys()].join(', ')}`
    const found = describeValue(call.operator)
    throw invalidArgument('writeModel', [{ path: 'operator', found, required }])
  }
  requireDeclared('inputs', call.inputs, definition.inputs)
  requireDeclared('constants', call.constants ?? {}, definition.inputs)
  requireDeclared('attributes', call.attributes ?? {}, definition.attributes)
  requireDeclared('outputs', call.outputs, definition.outputs)
  return toBinary(ModelProtoSchema, modelProto(call, definition))
}

function requireDeclared(
  path: string,
  given: object,
  declared: readonly { readonly name: string }[],
): void {
  const names = declared.map(({ name }) => name)
  const required = `one of ${names.join(', ')}`
  const unknown = Object.keys(given).filter((name) => !names.includes(name))
  if (unknown.length === 0) return
  const faults = unknown.map((name) => ({ path: `${path}.${name}`, found: 'it', required }))
  throw invalidArgument('writeModel', faults)
}

function modelProto(call: ModelCall, definition: OperatorDefinition) {
  const { domain } = definition
  const version = BigInt(call.opset ?? firstVersion(definition))
  const standard = { domain: '', version: BigInt(ONNX_OPSET) }
  return create(ModelProtoSchema, {
    irVersion: BigInt(IR_VERSION),
    producerName: 'attnkit',
    opsetImport: domain === ONNX_DOMAIN ? [{ version }] : [standard, { domain, version }],
    graph: {
      name: 'attention',
      node: [
        {
          input: positional(definition.inputs, { ...call.inputs, ...call.constants }),
          output: positional(definition.outputs, call.outputs),
          opType: opTypeOf(definition),
          domain: domain === ONNX_DOMAIN ? '' : domain,
          attribute: definition.attributes.flatMap((declaration) => {
            const value = call.attributes?.[declaration.name]
            return value === undefined ? [] : [attributeInit(declaration, value)]
          }),
        },
      ],
      initializer: Object.entries(call.constants ?? {}).map(([name, value]) =>
        tensorProto(value, name),
      ),
      input: valueInits(definition.inputs, call.inputs),
      output: valueInits(definition.outputs, call.outputs),
    },
  })
}

type Declared = readonly { readonly name: string }[]

/** The names given, each at its position; nothing at those between. */
function positional(declared: Declared, given: object): string[] {
  const names = declared.map(({ name }) => (Object.hasOwn(given, name) ? name : ''))
  return names.slice(0, names.findLastIndex((name) => name !== '') + 1)
}

function valueInits(
  declared: Declared,
  given: Readonly<Record<string, ValueSpec>>,
): MessageInitShape<typeof ValueInfoProtoSchema>[] {
  return declared.flatMap(({ name }) => {
    const spec = given[name]
    if (spec === undefined) return []
    const dim = spec.shape?.map((size) => ({
      value: { case: 'dimValue' as const, value: BigInt(size) },
    }))
    const shape = dim === undefined ? {} : { shape: { dim } }
    return [{ name, type: { tensorType: { elemType: ELEMENT_TYPES[spec.dtype], ...shape } } }]
  })
}

function attributeInit(
  declaration: AttributeDeclaration,
  value: AttributeValue,
): MessageInitShape<typeof AttributeProtoSchema> {
  const kind = ATTRIBUTE_KINDS[declaration.type]
  const base = { name: onnxName(declaration.name), type: AttributeType[kind] }
  if (kind === 'FLOAT') return { ...base, f: Number(value) }
  if (kind === 'INT') return { ...base, i: BigInt(Number(value)) }
  if (kind === 'STRING') return { ...base, s: new TextEncoder().encode(String(value)) }
  return { ...base, ints: (value as readonly number[]).map(BigInt) }
}
