import { type CaseResult, runConformance } from '@attnkit/core/conformance'
import { describe, expect, it } from 'vitest'
import { ArenaDevice } from './arena-device.js'
import { simulatedBackend } from './simulated-backend.js'

describe('what the kernels are told', () => {
  it('is every problem that the backend supports', { timeout: 120_000 }, async () => {
    const device = new ArenaDevice(2 ** 26)
    const target = { backend: simulatedBackend(device), device }
    const results: CaseResult[] = []
    for await (const result of runConformance(target, { problems: 300, maxFlops: 1e6 })) {
      results.push(result)
    }
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    const passed = results.filter(({ status }) => status === 'passed')
    expect(passed.length).toBeGreaterThan(400)
    const features = new Set(passed.flatMap((result) => result.features))
    for (const feature of ['head-dim-v', 'past-per-batch', 'stacked-cache', 'key-lengths']) {
      expect(features).toContain(feature)
    }
  })
})
