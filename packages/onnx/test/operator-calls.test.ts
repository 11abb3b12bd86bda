import { multiHeadAttention, OPERATORS, tensor } from '@attnkit/core'
import { describe, expect, it } from 'vitest'
import { operatorCalls } from '../src/operator-calls.js'
import { readModel } from '../src/read-model.js'
import { writeModel } from '../src/write-model.js'
import { float, integer, modelOf, type NodeFields } from './model-protos.js'

const MICROSOFT = 'com.microsoft'

function mha(changes: NodeFields = {}): NodeFields {
  return {
    opType: 'MultiHeadAttention',
    domain: MICROSOFT,
    input: ['q', 'k', 'v'],
    output: ['y'],
    attribute: [integer('num_heads', 2)],
    ...changes,
  }
}

const callsOf = (nodes: NodeFields[], opsets?: Record<string, number>) =>
  operatorCalls(readModel(modelOf(nodes, opsets), 'x.onnx'))

describe('operatorCalls', () => {
  it('tells inputs and outputs by position, attributes by name', () => {
    const attribute = [
      integer('num_heads', 2),
      integer('unidirectional', 1),
      float('mask_filter_value', -5000),
    ]
    const [call] = callsOf([
      mha({ input: ['x', '', '', 'b', '', 'bias'], output: ['y', '', '', 'scores'], attribute }),
    ])
    expect(call).toEqual({
      node: 'node[0]',
      definition: multiHeadAttention,
      opset: 1,
      inputs: { query: 'x', bias: 'b', attentionBias: 'bias' },
      attributes: { numHeads: 2, unidirectional: 1, maskFilterValue: -5000 },
      outputs: { output: 'y', qk: 'scores' },
    })
  })

  it('finds the attention nodes among others, in their order', () => {
    const calls = callsOf([
      { opType: 'MatMul' },
      mha({ name: 'first' }),
      { opType: 'MultiHeadAttention' },
      mha({ domain: 'another.company' }),
      mha(),
    ])
    expect(calls.map(({ node }) => node)).toEqual(['node "first"', 'node[4]'])
  })

  it.each<[string, NodeFields, string]>([
    [
      'an attribute that the operator does not have',
      mha({ attribute: [integer('num_heads', 2), integer('heads', 2)] }),
      'attribute "heads": found an unknown attribute, required one of num_heads, ',
    ],
    [
      'an attribute of another kind',
      mha({ attribute: [float('num_heads', 2)] }),
      'attribute "num_heads": found its kind FLOAT, required INT',
    ],
    [
      'a number of another kind',
      mha({ attribute: [integer('scale', 2)] }),
      'attribute "scale": found its kind INT, required FLOAT',
    ],
    [
      'an integer beyond counting',
      mha({ attribute: [integer('num_heads', 2n ** 62n)] }),
      'attribute "num_heads": found 4611686018427387904n, required whole numbers',
    ],
    [
      'inputs too many',
      mha({ input: 'abcdefghijk'.split('') }),
      'input: found 11 of them, required at most 10',
    ],
    [
      'outputs too many',
      mha({ output: 'abcde'.split('') }),
      'output: found 5 of them, required at most 4',
    ],
  ])('refuses %s', (_, node, message) => {
    expect(() => callsOf([node])).toThrow(`MultiHeadAttention: x.onnx: graph.node[0].${message}`)
  })

  it('refuses an operator of a set that the model does not ask for', () => {
    expect(() => callsOf([mha()], { '': 23 })).toThrow(
      'x.onnx: opset_import: found no version of com.microsoft, required com.microsoft 1 or newer',
    )
  })
})

describe('operatorCalls of the standard operator', () => {
  const node = (changes: NodeFields = {}): NodeFields => ({
    opType: 'Attention',
    input: ['Q', 'K', 'V'],
    output: ['Y', '', '', 'scores'],
    ...changes,
  })
  const nonpad = node({ input: ['Q', 'K', 'V', '', '', '', 'nonpad'] })
  const windowed = node({ attribute: [integer('left_window_size', 2)] })

  it.each(['', 'ai.onnx'])('finds it in the domain "%s"', (domain) => {
    const [call] = callsOf([node({ domain })], { [domain]: 23 })
    expect(call).toMatchObject({
      definition: { name: 'ai.onnx::Attention' },
      opset: 23,
      inputs: { q: 'Q', k: 'K', v: 'V' },
      outputs: { output: 'Y', qkMatmulOutput: 'scores' },
    })
  })

  it.each<[string, NodeFields, number, string]>([
    ['the operator', node(), 22, 'opset_import: found ai.onnx 22, required ai.onnx 23 or newer'],
    ['an input', nonpad, 23, 'nonpadKvSeqlen with operator set 23, required operator set 24'],
    ['an attribute', windowed, 24, 'leftWindowSize with operator set 24, required operator set 25'],
  ])('refuses %s before the operator set that has it', (_, changes, opset, message) => {
    expect(() => callsOf([changes], { '': opset })).toThrow(message)
    expect(callsOf([changes], { '': 25 })).toHaveLength(1)
  })
})

describe('writeModel', () => {
  it('writes a node of every operator that reads back as the same call', () => {
    for (const definition of OPERATORS.values()) {
      const spec = { dtype: 'float32', shape: [1, 2, 3] } as const
      const inputs = Object.fromEntries(definition.inputs.map(({ name }) => [name, spec]))
      const outputs = Object.fromEntries(definition.outputs.map(({ name }) => [name, spec]))
      const values = { integer: 3, integers: [1, 2, 3], boolean: 1, number: 0.5, string: 'NONE' }
      const attributes = Object.fromEntries(
        definition.attributes.map(({ name, type }) => [name, values[type]]),
      )
      const operator = definition.name
      const opset = definition.domain === 'ai.onnx' ? 25 : 1
      const model = readModel(writeModel({ operator, opset, inputs, attributes, outputs }))
      const named = (names: object) =>
        Object.fromEntries(Object.keys(names).map((name) => [name, name]))
      expect(operatorCalls(model)).toEqual([
        {
          node: 'node[0]',
          definition,
          opset,
          inputs: named(inputs),
          attributes,
          outputs: named(outputs),
        },
      ])
      expect(model.graph.inputs).toEqual(definition.inputs.map(({ name }) => ({ name, ...spec })))
    }
  })

  it('leaves a place for what is absent, and shapes out where they are', () => {
    const spec = { dtype: 'float16', shape: [1, 2, 3] } as const
    const { graph } = readModel(
      writeModel({
        operator: 'MultiHeadAttention',
        inputs: { attentionBias: spec, query: spec },
        attributes: { numHeads: 1, unidirectional: true },
        outputs: { qk: { dtype: 'float16' } },
      }),
    )
    const [node] = graph.nodes
    expect(node!.inputs).toEqual(['query', '', '', '', '', 'attentionBias'])
    expect(node!.outputs).toEqual(['', '', '', 'qk'])
    expect(node!.attributes.get('unidirectional')).toMatchObject({ type: 'INT', value: 1 })
    expect(graph.outputs).toEqual([{ name: 'qk', dtype: 'float16', shape: null }])
  })

  it('keeps constants in the model', () => {
    const weights = tensor(Float32Array.of(1, -2, 3), [1, 3])
    const { graph } = readModel(
      writeModel({
        operator: 'Attention',
        inputs: { input: { dtype: 'float32', shape: [1, 2, 1] } },
        constants: { weights },
        attributes: { numHeads: 1 },
        outputs: { output: { dtype: 'float32' } },
      }),
    )
    expect(graph.nodes[0]!.inputs).toEqual(['input', 'weights'])
    expect(graph.inputs.map(({ name }) => name)).toEqual(['input'])
    expect(graph.initializers.map(({ name }) => name)).toEqual(['weights'])
    expect(graph.initializers[0]!.read()).toEqual(weights)
  })

  it('refuses names that the operator does not declare, all of them at once', () => {
    expect(() => writeModel({ operator: 'Attn', inputs: {}, outputs: {} })).toThrow(
      /^writeModel: operator: found "Attn", required one of .*MultiHeadAttention/,
    )
    const spec = { dtype: 'float32', shape: [1] } as const
    const inputs = { query: spec, keys: spec, values: spec }
    expect(() => writeModel({ operator: 'MultiHeadAttention', inputs, outputs: {} })).toThrow(
      /2 faults\n {2}inputs\.keys: found it, required one of query, .*\n {2}inputs\.values: /,
    )
  })
})
