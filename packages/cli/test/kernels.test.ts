import { describe, expect, it, vi } from 'vitest'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

describe('kernels', () => {
  it('prints the capability table of one backend', async () => {
    const { exitCode, stdout } = await runCommandLine('kernels --backend cuda-flash')
    expect(exitCode).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "cuda-flash  unavailable
        dtypes              float16 bfloat16
        head dim            16 to 256 in steps of 8
        head dim of V       that of Q
        layouts             bsnh bnsh bsn2h bsn3h
        masks               none lengths
        features            projection bias, causal, causal offset per batch, grouped queries, varlen, log-sum-exp
        sinks               none
        qk outputs          none
        softmax precisions  float32
        longest sequence    16777216
        compute capability  8.0 and newer
        tuned for           h200 (NVIDIA H200)
        kernels
          fa2-sm80-d64  head dims 40 to 64
      "
    `)
  })

  it('prints every backend, whatever its status', async () => {
    const { stdout } = await runCommandLine('kernels')
    const heads = stdout.split('\n').filter((line) => /^[a-z]/.test(line))
    expect(heads).toEqual([
      'cuda-flash  unavailable',
      'cpu  ready',
      'reference  ready',
      'cuda-memeff  not installed',
    ])
  })

  it('prints the capabilities as data', async () => {
    const { document } = await runForJson('kernels')
    const backends = document.backends as { name: string; capabilities: unknown }[]
    expect(backends.find(({ name }) => name === 'cuda-memeff')?.capabilities).toBeNull()
    expect(backends.find(({ name }) => name === 'cuda-flash')?.capabilities).toMatchObject({
      head_dim: { min: 16, max: 256, multiple_of: 8 },
      variants: [{ name: 'fa2-sm80-d64', serves: 'head dims 40 to 64' }],
      tuned_devices: { h200: { name: 'NVIDIA H200', compute_capability: [9, 0] } },
    })
  })

  it('refuses a backend that is not known', async () => {
    const { exitCode, stderr } = await runCommandLine('kernels --backend gpu')
    expect(exitCode).toBe(2)
    expect(stderr).toContain('one of cuda-flash, cpu, reference, cuda-memeff')
  })
})
