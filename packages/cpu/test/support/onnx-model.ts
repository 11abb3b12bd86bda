// A model of one operator, in the wire format of Protocol Buffers. Field numbers are those of onnx.proto.

export interface OnnxValue {
  readonly name: string
  readonly type: 'float32' | 'int32'
  readonly dims: readonly number[]
}

export interface OnnxNode {
  readonly operator: string
  readonly domain: string
  /** By position; null where an optional one is left out. */
  readonly inputs: readonly (OnnxValue | null)[]
  readonly outputs: readonly (string | null)[]
  readonly attributes: Readonly<Record<string, { int: number } | { float: number }>>
}

const ELEMENT_TYPES = { float32: 1, int32: 6 }

type Bytes = readonly number[]

function varint(value: number): Bytes {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
}

function integer(field: number, value: number): Bytes {
  return [...varint(field << 3), ...varint(value)]
}

function message(field: number, content: string | Bytes): Bytes {
  const bytes = typeof content === 'string' ? [...Buffer.from(content)] : content
  return [...varint((field << 3) | 2), ...varint(bytes.length), ...bytes]
}

function float(field: number, value: number): Bytes {
  return [...varint((field << 3) | 5), ...new Uint8Array(Float32Array.of(value).buffer)]
}

function valueInfo({ name, type, dims }: OnnxValue): Bytes {
  const shape = dims.flatMap((dim) => message(1, integer(1, dim)))
  const tensor = [...integer(1, ELEMENT_TYPES[type]), ...message(2, shape)]
  return [...message(1, name), ...message(2, message(1, tensor))]
}

function attribute(name: string, value: { int: number } | { float: number }): Bytes {
  const content =
    'int' in value
      ? [...integer(3, value.int), ...integer(20, 2)]
      : [...float(2, value.float), ...integer(20, 1)]
  return [...message(1, name), ...content]
}

/** The model of one node, whose outputs are float32 of any shape. */
export function onnxModel(node: OnnxNode): Uint8Array {
  const inputs = node.inputs.filter((input) => input !== null)
  const outputs = node.outputs.filter((output) => output !== null)
  const nodeBytes = [
    ...node.inputs.flatMap((input) => message(1, input?.name ?? '')),
    ...node.outputs.flatMap((output) => message(2, output ?? '')),
    ...message(4, node.operator),
    ...Object.entries(node.attributes).flatMap((entry) => message(5, attribute(...entry))),
    ...message(7, node.domain),
  ]
  const outputType = message(2, message(1, integer(1, ELEMENT_TYPES.float32)))
  const graph = [
    ...message(1, nodeBytes),
    ...message(2, 'attention'),
    ...inputs.flatMap((input) => message(11, valueInfo(input))),
    ...outputs.flatMap((name) => message(12, [...message(1, name), ...outputType])),
  ]
  const opset = (domain: string, version: number) =>
    message(8, [...message(1, domain), ...integer(2, version)])
  return Uint8Array.from([
    ...integer(1, 8),
    ...message(7, graph),
    ...opset('', 17),
    ...opset(node.domain, 1),
  ])
}
