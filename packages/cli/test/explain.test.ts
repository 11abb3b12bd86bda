import { describe, expect, it, vi } from 'vitest'
import { runCommandLine, runForJson } from './run-command-line.js'

vi.mock('attnkit', () => import('./fake-attnkit.js'))

describe('explain', () => {
  it('shows the problem, every candidate with its reasons, and the winner', async () => {
    const { exitCode, stdout } = await runCommandLine(
      'explain --seqlen-q 128 --heads 12 --kv-heads 4 --causal --window 64 --dtype float32',
    )
    expect(exitCode).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "float32, batch 1, seqlen 128×128, heads 12:4, head dim 64, layout bsnh (Q,K,V), causal, window 64
      this machine, tensors on the host, policy fastest
      ✓ cpu          chosen
      · reference    eligible
      – cuda-flash   unavailable
                     driver-missing: NVIDIA driver: found no NVIDIA driver on this machine, required driver 580 or newer
                       fix: install the driver, or give the container the GPU (--gpus all)
      – cuda-memeff  unavailable
                     not-installed: @attnkit/cuda-memeff: found no package, required @attnkit/cuda-memeff
                       fix: npm i @attnkit/cuda-memeff
      → cpu runs it on host with avx512-tile
      "
    `)
  })

  it('decides for a GPU that is not here', async () => {
    const { exitCode, stdout } = await runCommandLine('explain --seqlen-q 4096 --as h200')
    expect(exitCode).toBe(0)
    expect(stdout).toMatchInlineSnapshot(`
      "float16, batch 1, seqlen 4096×4096, heads 16, head dim 64, layout bsnh (Q,K,V)
      NVIDIA H200 (sm_90, 132 multiprocessors, 139.7 GiB), tensors on the GPU, policy fastest
      ✓ cuda-flash   chosen  41.5 µs (modelled)
                     note: availability: not available on this machine: driver-missing
                     note: past: there is none
      ✗ cpu          rejected
                     placement: the tensors: found on cuda:0, required on the host
                       fix: download them first
      ✗ reference    rejected
                     placement: the tensors: found on cuda:0, required on the host
                       fix: download them first
      – cuda-memeff  unavailable
                     not-installed: @attnkit/cuda-memeff: found no package, required @attnkit/cuda-memeff
                       fix: npm i @attnkit/cuda-memeff
      → cuda-flash runs it on cuda:0 with fa2-sm80-d64
      "
    `)
  })

  it('exits with 4 when no backend supports the problem, with all reasons', async () => {
    const line =
      'explain --backend cuda-flash --as h200 --mask 3d --softcap 30 --head-dim 20 --past 7'
    const { exitCode, document } = await runForJson(line)
    expect(exitCode).toBe(4)
    const decision = document.decision as {
      backend: string
      policy: string
      candidates: { backend: string; reasons: { code: string }[] }[]
    }
    expect(decision).toMatchObject({ backend: '', policy: 'only(cuda-flash)' })
    const flash = decision.candidates.find(({ backend }) => backend === 'cuda-flash')
    expect(flash?.reasons.map(({ code }) => code).sort()).toEqual([
      'head-dim-unsupported',
      'mask-kind-unsupported',
      'past-unsupported',
      'past-unsupported',
      'softcap-unsupported',
    ])
  })

  it('states the problem of the flags', async () => {
    const { document } = await runForJson(
      'explain --batch 2 --seqlen-q 3 --past 5 --heads 8 --kv-heads 2 --head-dim 16 --head-dim-v 8' +
        ' --dtype bfloat16 --layout bnsh --scale 0.5 --softcap 2 --mask lengths --attention-bias --lse',
    )
    expect(document.problem).toMatchObject({
      batch: 2,
      seqlen_q: 3,
      seqlen_k: 8,
      num_heads: 8,
      num_heads_kv: 2,
      head_dim: 16,
      head_dim_v: 8,
      dtype: 'bfloat16',
      layout: 'bnsh',
      softmax_scale: 0.5,
      softcap: 2,
      causal: false,
      causal_offset: 5,
      mask: { kind: 'lengths', dtype: 'int32', filter_value: '-Infinity' },
      attention_bias: { dtype: 'bfloat16' },
      past: { seqlen: 5, buffer_length: null },
      softmax_lse: true,
    })
  })

  it('takes a format for a layout', async () => {
    const { document } = await runForJson('explain --format QKV')
    expect(document.problem).toMatchObject({ layout: 'bsn3h', format: 'QKV' })
  })

  it('shows what the environment did', async () => {
    const environment = { ATTNKIT_DISABLE: 'cpu' }
    const { stdout } = await runCommandLine('explain', { environment })
    expect(stdout).toContain('disabled-by-environment')
    expect(stdout).toMatch(/^! ATTNKIT_DISABLE=cpu /m)
  })

  it.each([
    ['explain --as b300', '--as'],
    ['explain --backend flash', 'policy.only'],
    ['explain --seqlen-q 8 --seqlen-k 2 --past 4', 'defineProblem'],
    ['explain --heads 8 --kv-heads 3', 'defineProblem'],
    ['explain --dtype int8', '--dtype'],
    ['explain --seqlen-q 0', '--seqlen-q'],
    ['explain --policy cheapest', '--policy'],
    ['explain --layout bsnh --format QKV', 'cannot be used with'],
    ['explain --policy fastest --backend cpu', 'cannot be used with'],
    ['explain --seqlenq 3', 'Did you mean --seqlen-q?'],
  ])('refuses %s with exit code 2', async (line, said) => {
    const { exitCode, stdout, stderr } = await runCommandLine(line)
    expect(exitCode).toBe(2)
    expect(stdout).toBe('')
    expect(stderr).toContain(said)
    expect(stderr.match(/attnkit:/g)).toHaveLength(1)
  })
})
