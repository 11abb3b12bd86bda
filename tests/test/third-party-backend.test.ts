import { createAttention, only, tensor } from '@attnkit/core'
import { type CaseResult, runConformance } from '@attnkit/core/conformance'
import { describe, expect, test } from 'vitest'
import { plainBackend } from '../src/plain-backend.js'

async function conformance(shift: number): Promise<CaseResult[]> {
  const target = { backend: plainBackend(shift) }
  const results: CaseResult[] = []
  for await (const result of runConformance(target, { problems: 60, maxFlops: 2e6 })) {
    results.push(result)
  }
  return results
}

describe('a backend that somebody else wrote with defineBackend', () => {
  test('passes the conformance suite, and every refusal has a reason', async () => {
    const results = await conformance(0)
    const failed = results.filter(({ status }) => status === 'failed')
    expect(failed.map(({ name, reason }) => `${name}: ${reason}`)).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThanOrEqual(60)
    for (const { status, reasons } of results) {
      if (status === 'unsupported') expect(reasons?.length).toBeGreaterThan(0)
    }
  })

  test('fails the suite when its diagonal is one key off', async () => {
    const wrong = (await conformance(1)).filter(({ status }) => status === 'failed')
    expect(wrong.length).toBeGreaterThan(3)
    expect(wrong.every(({ problem }) => problem.causal)).toBe(true)
  })

  test('serves calls, and is passed over with its reasons where it cannot', async () => {
    using attention = await createAttention({ backends: [plainBackend()] })
    const query = tensor(new Float32Array(4 * 8).fill(1), [1, 4, 8])
    const inputs = { query, key: query, value: query }
    const { decision } = await attention.multiHeadAttention(inputs, { numHeads: 2 })
    expect(decision).toMatchObject({ backend: 'plain', variant: 'plain-rows' })
    const keyPaddingMask = tensor(Int32Array.of(3), [1])
    const masked = await attention.multiHeadAttention(
      { ...inputs, keyPaddingMask },
      { numHeads: 2 },
    )
    expect(masked.decision.backend).toBe('reference')
    const [refused] = masked.decision.candidates.filter(({ backend }) => backend === 'plain')
    expect(refused?.reasons.map(({ code }) => code)).toEqual(['mask-kind-unsupported'])
  })

  test('is never replaced silently', async () => {
    using attention = await createAttention({ backends: [plainBackend()], policy: only('plain') })
    const query = tensor(new Uint16Array(4 * 8), [1, 4, 8], 'float16')
    const call = attention.multiHeadAttention({ query, key: query, value: query }, { numHeads: 2 })
    await expect(call).rejects.toMatchObject({ code: 'no-backend-supports' })
  })
})
