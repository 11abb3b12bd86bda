import { type CaseResult, runConformance } from '@attnkit/core/conformance'
import { cudaRuntime } from '@attnkit/cuda-runtime'
import { describe, expect, it } from 'vitest'
import { cudaFlash } from '../src/index.js'

const availability = await cudaFlash().availability()
const runtime = await cudaRuntime()
const device = runtime.status === 'ready' ? runtime.devices[0] : undefined
const why = availability.status === 'unavailable' ? `, skipped: ${availability.reason.code}` : ''

describe.skipIf(device === undefined || why !== '')(`on a GPU${why}`, () => {
  const name = 'is right on every case that it supports, exactSoftmax %s'
  it.each([true, false])(name, { timeout: 600_000 }, async (exactSoftmax) => {
    const results: CaseResult[] = []
    const target = { backend: cudaFlash({ exactSoftmax }), device: device! }
    for await (const result of runConformance(target, { problems: 400 })) results.push(result)
    expect(results.filter(({ status }) => status === 'failed')).toEqual([])
    expect(results.filter(({ status }) => status === 'passed').length).toBeGreaterThan(400)
  })
})
