import { createAttention, only, tensor } from 'attnkit'
import { describe, expect, test } from 'vitest'
import { HAS_DRIVER, isBuilt } from '../src/machine.js'

const CUDA_BUILT = isBuilt('cuda-runtime') && isBuilt('cuda-flash')
const query = tensor(new Float32Array(4 * 32), [1, 4, 32])
const inputs = { query, key: query, value: query }

describe.skipIf(HAS_DRIVER)('a machine without a GPU', () => {
  test.runIf(CUDA_BUILT)('loads the CUDA addons, which say that there is no driver', async () => {
    using attention = await createAttention()
    const flash = attention.backends.find(({ name }) => name === 'cuda-flash')
    expect(flash).toMatchObject({ status: 'unavailable', reason: { code: 'driver-missing' } })
  })

  test('computes on the host, and the decision keeps the reason', async () => {
    using attention = await createAttention()
    const { decision } = await attention.multiHeadAttention(inputs, { numHeads: 2 })
    expect(decision.backend).toBe(isBuilt('cpu') ? 'cpu' : 'reference')
    const flash = decision.candidates.find(({ backend }) => backend === 'cuda-flash')
    expect(flash).toMatchObject({ status: 'unavailable' })
    expect(flash?.reasons).toHaveLength(1)
  })

  test('refuses what only the GPU may run, with the reason', async () => {
    using attention = await createAttention({ policy: only('cuda-flash') })
    const call = attention.multiHeadAttention(inputs, { numHeads: 2 })
    await expect(call).rejects.toMatchObject({
      name: 'AttentionError',
      code: expect.stringMatching(/^(backend-unavailable|no-backend-supports)$/),
      details: {
        reasons: expect.arrayContaining([expect.objectContaining({ backend: 'cuda-flash' })]),
      },
    })
  })

  test('explains what a GPU that is not here would run', async () => {
    using attention = await createAttention()
    const { problem } = attention.prepare(
      'MultiHeadAttention',
      { query: { shape: [1, 128, 12, 3, 64], dtype: 'float16' } },
      { numHeads: 12 },
    )
    const decision = attention.explain(problem, {
      location: 'cuda',
      device: { type: 'cuda', index: 0, name: 'NVIDIA H200', computeCapability: [9, 0] },
    })
    const flash = decision.candidates.find(({ backend }) => backend === 'cuda-flash')
    expect(flash?.reasons.filter(({ code }) => code !== 'driver-missing')).toEqual([])
  })
})
