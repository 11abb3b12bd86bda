import { describe, expect, it } from 'vitest'
import { createAttention } from '../src/attention.js'
import { backendBrand, type HostBackend } from '../src/backend/backend.js'
import { defineBackend } from '../src/backend/define-backend.js'
import { reference } from '../src/reference/reference.js'
import { tensor } from '../src/tensor/host-tensor.js'
import type { HostTensor } from '../src/tensor/tensor.js'

const SIZES = { input: [2, 3, 4], weights: [4, 12], bias: [12] } as const

function inputs() {
  const made = Object.entries(SIZES).map(([name, shape], seed) => {
    const count = shape.reduce((product, size) => product * size, 1)
    const values = Float32Array.from({ length: count }, (_, i) => Math.sin(i * 1.7 + seed))
    return [name, tensor(values, shape)] as const
  })
  return Object.fromEntries(made) as Record<keyof typeof SIZES, HostTensor<'float32'>>
}

/** The reference, which notes when it projects, computes and gets its product back. */
function noting(log: [string, HostTensor][], failure?: Error): HostBackend {
  const { [backendBrand]: _brand, contract: _contract, ...definition } = reference()
  return defineBackend({
    ...definition,
    async project(...args) {
      const product = await definition.project!(...args)
      log.push(['project', product])
      return product
    },
    recycle: (product) => void log.push(['recycle', product]),
    plan: (problem, device) => ({
      ...definition.plan(problem, device),
      async execute(bound, threads) {
        if (failure) throw failure
        await definition.plan(problem, device).execute(bound, threads)
        log.push(['execute', bound.q])
      },
    }),
  })
}

async function open(backend: HostBackend) {
  return createAttention({ backends: [backend], environment: {} })
}

describe('an operator that projects', () => {
  it('gives the product back when attention has read it', async () => {
    const log: [string, HostTensor][] = []
    const attention = await open(noting(log))
    await attention.attention(inputs(), { numHeads: 2 })
    expect(log.map(([what]) => what)).toEqual(['project', 'execute', 'recycle'])
    expect(new Set(log.map(([, product]) => product)).size).toBe(1)
  })

  it('keeps the product of a call that failed', async () => {
    const log: [string, HostTensor][] = []
    const attention = await open(noting(log, new Error('no luck')))
    await expect(attention.attention(inputs(), { numHeads: 2 })).rejects.toThrow('no luck')
    expect(log.map(([what]) => what)).toEqual(['project'])
  })

  it('copies what is read after the projection, but for what the backend reads in place', async () => {
    const { bias } = inputs()
    const bound: unknown[] = []
    const { [backendBrand]: _brand, contract: _contract, ...definition } = reference()
    for (const inPlace of [true, false]) {
      const backend = defineBackend({
        ...definition,
        readsInPlace: (tensor) => inPlace && tensor === bias,
        plan: (problem, device) => ({
          ...definition.plan(problem, device),
          execute: async ({ projectionBias }) => void bound.push(projectionBias),
        }),
      })
      const attention = await open(backend)
      await attention.attention({ ...inputs(), bias }, { numHeads: 2 })
    }
    expect(bound[0]).toBe(bias)
    expect(bound[1]).not.toBe(bias)
    expect(bound[1]).toEqual(bias)
  })

  it('has read all inputs when it returns', async () => {
    const attention = await open(reference())
    const expected = await attention.attention(inputs(), { numHeads: 2 })
    const given = inputs()
    const result = attention.attention(given, { numHeads: 2 })
    for (const { data } of Object.values(given)) data.fill(Number.NaN)
    expect((await result).output.data).toEqual(expected.output.data)
  })
})

describe('an operator that projects, with outputs given,', () => {
  it.each(['input', 'weights', 'bias'] as const)(
    'refuses one that shares memory with %s',
    async (name) => {
      const attention = await open(reference())
      const given = inputs()
      const { buffer } = given[name].data
      const shared = name === 'bias' ? new Float32Array(24) : new Float32Array(buffer, 0, 24)
      const output = tensor(shared, [2, 3, 4])
      const call = {
        ...given,
        ...(name === 'bias' && { bias: tensor(shared.subarray(0, 12), [12]) }),
      }
      await expect(
        attention.attention(call, { numHeads: 2 }, { outputs: { output } }),
      ).rejects.toMatchObject({
        code: 'invalid-argument',
        details: {
          faults: [
            {
              path: 'outputs.output',
              found: `memory that ${name} shares`,
              required: 'memory of its own',
            },
          ],
        },
      })
    },
  )

  it('prepared, computes the same again and again, and plans anew for another past', async () => {
    const attention = await open(reference())
    const { input, weights, bias } = inputs()
    const past = tensor(new Float32Array(2 * 2 * 2 * 9 * 2).fill(0.5), [2, 2, 2, 9, 2])
    const attributes = { numHeads: 2, pastPresentShareBuffer: true }
    const outputs = { present: true } as const
    const planned = attention.prepare('Attention', { input, weights, bias, past }, attributes, {
      location: 'host',
      scalars: { pastSequenceLength: 2 },
      outputs,
    })
    for (const pastSequenceLength of [2, 2, 6, 0]) {
      const call = { input, weights, bias, past, pastSequenceLength }
      const prepared = await planned.run(call)
      const expected = await attention.attention(call, attributes, { outputs })
      expect((prepared.output as HostTensor).data).toEqual(expected.output.data)
      expect((prepared.present as HostTensor).data).toEqual(expected.present!.data)
    }
    const call = { input, weights, bias, past, pastSequenceLength: 7 }
    await expect(planned.run(call)).rejects.toThrow(/A19/)
  })
})
