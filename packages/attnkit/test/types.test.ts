import { describe, expectTypeOf, it } from 'vitest'
import {
  type Attention,
  type AttentionOptions,
  type Decision,
  type DeviceTensor,
  type HostTensor,
  type OperatorResult,
  only,
  type PlannedCall,
  type Policy,
  type Tensor,
  tensor,
} from '../src/index.js'

declare const attention: Attention
declare const onDevice: DeviceTensor<'float16'>
declare const anywhere: Tensor

/** Compiled and never run: what editors and compilers say of the public surface. */
async function surface() {
  const query = tensor(new Float32Array(8), [1, 2, 4])
  const mask = tensor(new Int32Array(1), [1])
  const { output, qk, decision } = await attention.multiHeadAttention(
    { query, key: query, value: query, keyPaddingMask: mask, pastSequenceLength: 3 },
    { numHeads: 2, unidirectional: true },
    { policy: only('cpu'), outputs: { qk: true, output: query } },
  )
  expectTypeOf(output).toEqualTypeOf<HostTensor<'float32'>>()
  expectTypeOf(output.data).toEqualTypeOf<Float32Array>()
  expectTypeOf(qk).toEqualTypeOf<HostTensor<'float32'> | undefined>()
  expectTypeOf(decision).toEqualTypeOf<Decision>()

  const half = tensor(new Uint16Array(8), [1, 2, 4], 'float16')
  const packed = await attention.multiHeadAttention({ query: half }, { numHeads: 2 })
  expectTypeOf(packed.output).toEqualTypeOf<HostTensor<'float16'>>()

  const enqueued = await attention.multiHeadAttention(
    { query: onDevice, key: onDevice, value: onDevice },
    { numHeads: 2 },
  )
  expectTypeOf(enqueued.output).toEqualTypeOf<DeviceTensor<'float16'>>()

  const loose = await attention.multiHeadAttention({ query: anywhere }, { numHeads: 2 })
  expectTypeOf(loose.output).toEqualTypeOf<Tensor>()

  // @ts-expect-error numHeads is required
  await attention.multiHeadAttention({ query }, {})
  // @ts-expect-error no such input
  await attention.multiHeadAttention({ query, keys: query }, { numHeads: 2 })
  // @ts-expect-error no such attribute
  await attention.multiHeadAttention({ query }, { numHeads: 2, heads: 2 })
  // @ts-expect-error an array is no tensor
  await attention.multiHeadAttention({ query: [1, 2] }, { numHeads: 2 })
  // @ts-expect-error 16 bits are float16 or bfloat16
  tensor(new Uint16Array(8), [8])

  const specs = { query, key: query, value: query }
  const device = attention.prepare(
    'MultiHeadAttention',
    specs,
    { numHeads: 2 },
    { location: 'cuda' },
  )
  expectTypeOf(device.run(specs)).toEqualTypeOf<OperatorResult>()
  const host = attention.prepare('MultiHeadAttention', specs, { numHeads: 2 }, { location: 'host' })
  expectTypeOf(host.run(specs)).toEqualTypeOf<Promise<OperatorResult>>()
  expectTypeOf(attention.prepare('MultiHeadAttention', specs, {})).toEqualTypeOf<PlannedCall>()
  expectTypeOf<Policy>().toEqualTypeOf<'fastest' | 'onnxruntime' | { readonly only: string }>()
  expectTypeOf<AttentionOptions>().toExtend<{ readonly threads?: number }>()
}

describe('the types of the public surface', () => {
  it('are checked by the compiler', () => {
    expectTypeOf(surface).returns.toEqualTypeOf<Promise<void>>()
  })
})
