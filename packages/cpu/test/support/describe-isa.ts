import { runConformance } from '@attnkit/core/conformance'
import { expect, it } from 'vitest'
import { cpu } from '../../src/cpu.js'
import { float64Attention } from '../../src/float64-attention.js'
import { loadCpuAddon } from '../../src/load-cpu-addon.js'
import { describeNative } from './describe-native.js'

const PROBLEMS = 150

/**
 * Conformance of one instruction set. To be called first in a file of its own: the set is chosen when
 * the addon is loaded. On a machine that lacks it the suite is skipped and says so.
 */
export function describeIsa(isa: string, seed: number): void {
  process.env.ATTNKIT_CPU_ISA = isa
  describeNative(`conformance of ${isa}`, () => {
    it('runs the kernels asked for', () => {
      const cpu = loadCpuAddon()
      expect(cpu).toMatchObject({ status: 'loaded', build: { isa } })
    })

    for (const threads of [1, 3]) {
      it(`agrees with float64 on every case and ${PROBLEMS} random problems, ${threads} threads`, async () => {
        const target = { backend: cpu({ threads }), threads }
        const options = { oracle: whole, problems: PROBLEMS, seed: seed + threads, maxFlops: 3e7 }
        const failed: string[] = []
        const variants = new Set<string | undefined>()
        for await (const result of runConformance(target, options)) {
          variants.add(result.variant?.replace(/-t\d+$/, '-tiles').replace(/-pairs\d+$/, '-pairs'))
          if (result.status !== 'passed') failed.push(`${result.name}: ${result.reason}`)
        }
        expect(failed).toEqual([])
        const pairs = isa === 'avx512bf16' ? ['pairs'] : []
        const forms = ['decode', 'float64', ...pairs, 'tiles']
        const kernels = forms.map((name) => `cpu-${isa}-${name}`)
        expect([...variants].sort()).toEqual(kernels)
      })
    }
  })
}

async function whole(bound: Parameters<typeof float64Attention>[0]) {
  const outputs = await float64Attention(bound)
  if (outputs === undefined) throw new Error('the native part is gone')
  return outputs
}
