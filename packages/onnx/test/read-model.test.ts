import { isAttentionError, tensor } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import {
  AttributeProto_AttributeType as Kind,
  TensorProto_DataType as Type,
} from '../src/proto/onnx_pb.js'
import { readModel } from '../src/read-model.js'
import {
  type AttributeFields,
  float,
  integer,
  type ModelFields,
  modelBytes,
  modelOf,
} from './model-protos.js'

const OPSETS = [{ version: 23n }]

function refusal(fields: ModelFields): string {
  try {
    readModel(modelBytes(fields), 'x.onnx')
  } catch (error) {
    if (!isAttentionError(error)) throw error
    expect(error.code).toBe('invalid-argument')
    return error.message
  }
  throw new Error('it was read')
}

describe('readModel', () => {
  it('reads what a model says of its nodes', () => {
    const strings = ['a', 'b'].map((one) => Buffer.from(one))
    const attribute: AttributeFields[] = [
      integer('i', -3),
      integer('large', 2n ** 60n),
      float('f', 0.5),
      { name: 's', type: Kind.STRING, s: Buffer.from('text') },
      { name: 'is', type: Kind.INTS, ints: [1n, 2n ** 60n] },
      { name: 'fs', type: Kind.FLOATS, floats: [1, 2.5] },
      { name: 'ss', type: Kind.STRINGS, strings },
      { name: 'g', type: Kind.GRAPH },
    ]
    const input = ['a', '', 'b']
    const bytes = modelOf([
      { name: 'n', opType: 'Op', domain: 'some.domain', input, output: ['c'], attribute },
      { opType: 'Relu', domain: '' },
    ])
    const { graph, opsets, irVersion } = readModel(bytes)
    expect(irVersion).toBe(10)
    expect(opsets).toEqual(
      new Map([
        ['ai.onnx', 23],
        ['com.microsoft', 1],
      ]),
    )
    const [node, relu] = graph.nodes
    expect(node).toMatchObject({ name: 'n', opType: 'Op', domain: 'some.domain', inputs: input })
    expect(relu).toMatchObject({ name: '', opType: 'Relu', domain: 'ai.onnx', outputs: [] })
    expect([...node!.attributes.values()].map(({ type, value }) => [type, value])).toEqual([
      ['INT', -3],
      ['INT', 2n ** 60n],
      ['FLOAT', 0.5],
      ['STRING', 'text'],
      ['INTS', [1, 2n ** 60n]],
      ['FLOATS', [1, 2.5]],
      ['STRINGS', ['a', 'b']],
      ['GRAPH', null],
    ])
  })

  it('reads what a graph says of its values, as far as it says it', () => {
    const tensorType = (elemType: number, dim?: object[]) => ({
      tensorType: { elemType, ...(dim && { shape: { dim } }) },
    })
    const size = (value: bigint) => ({ value: { case: 'dimValue', value } })
    const name = (value: string) => ({ value: { case: 'dimParam', value } })
    const input = [
      { name: 'a', type: tensorType(Type.FLOAT16, [size(2n), name('tokens'), {}]) },
      { name: 'b', type: tensorType(Type.STRING) },
      { name: 'c' },
      { name: 'd', type: tensorType(Type.BOOL, []) },
    ] as NonNullable<ModelFields['graph']>['input']
    const { graph } = readModel(modelBytes({ opsetImport: OPSETS, graph: { input: input! } }))
    expect(graph.inputs).toEqual([
      { name: 'a', dtype: 'float16', shape: [2, 'tokens', null] },
      { name: 'b', dtype: null, shape: null },
      { name: 'c', dtype: null, shape: null },
      { name: 'd', dtype: 'bool', shape: [] },
    ])
  })

  it('reads an initializer when it is asked for', () => {
    const initializer = [
      { name: 'w', dims: [2n], dataType: Type.FLOAT, floatData: [1, 2] },
      { name: 'u', dims: [1n], dataType: Type.UINT32, rawData: new Uint8Array(4) },
    ]
    const bytes = modelBytes({ opsetImport: OPSETS, graph: { initializer } })
    const [w, u] = readModel(bytes, 'x.onnx').graph.initializers
    expect(w!.name).toBe('w')
    expect(w!.read()).toEqual(tensor(Float32Array.of(1, 2), [2]))
    expect(() => u!.read()).toThrow('x.onnx: graph.initializer[1].data_type: found UINT32')
  })

  const node = (attribute: AttributeFields[]): ModelFields => ({
    opsetImport: OPSETS,
    graph: { node: [{ opType: 'Relu' }, { opType: 'Op', attribute }] },
  })

  it.each<[string, ModelFields, string]>([
    ['no graph', { opsetImport: OPSETS }, 'graph: found none, required a graph'],
    ['no operator set', { graph: {} }, 'opset_import: found none, required a version'],
    [
      'two versions of an operator set',
      { graph: {}, opsetImport: [{ version: 23n }, { domain: 'ai.onnx', version: 22n }] },
      'opset_import: found "ai.onnx" twice, required each domain once',
    ],
    [
      'a version that is none',
      { graph: {}, opsetImport: [{ version: -1n }] },
      'opset_import: found version -1 of "ai.onnx", required versions from 1 on',
    ],
    [
      'a node without an operator',
      { opsetImport: OPSETS, graph: { node: [{ name: 'n' }] } },
      'graph.node[0].op_type: found none, required a name',
    ],
    [
      'an attribute twice',
      node([integer('a', 1), float('a', 1)]),
      'graph.node[1].attribute "a": found it twice, required each attribute once',
    ],
    [
      'an attribute without a kind',
      node([{ name: 'a' }]),
      'graph.node[1].attribute "a".type: found UNDEFINED, required FLOAT, INT',
    ],
    [
      'an attribute of no kind that there is',
      node([{ name: 'a', type: 77 as Kind }]),
      'graph.node[1].attribute "a".type: found number 77, required',
    ],
  ])('refuses %s', (_, fields, message) => {
    expect(refusal(fields)).toContain(`readModel: x.onnx: ${message}`)
  })

  it('refuses bytes that are no model', () => {
    expect(() => readModel(Buffer.from('{"json": true}'), 'x.onnx')).toThrow(
      /^readModel: x\.onnx: found 14 bytes that are none \(.*\), required an ONNX ModelProto/,
    )
    expect(refusal({})).toContain('graph: found none')
  })
})
