import { OPERATORS } from '@attnkit/core'
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
    [
      'MultiHeadAttention --seqlen-q 3 --past 5 --causal --mask 3d --attention-bias',
      { seqlen_q: 3, seqlen_k: 8, causal: true, causal_offset: 5, mask: { kind: '3d' } },
    ],
    ['MultiHeadAttention --layout bsn3h', { format: 'QKV', layout: 'bsn3h' }],
    ['MultiHeadAttention --format Q,KV --seqlen-k 7', { format: 'Q,KV', seqlen_k: 7 }],
    ['MultiHeadAttention --layout bnsh --seqlen-q 3', { k: { head_stride: 3 * 64 } }],
    [
      'Attention --seqlen-q 6 --past 4 --mask 4d',
      { seqlen_k: 10, head_dim: 64, head_dim_v: 64, cache_stacked: true },
    ],
    ['Attention --seqlen-q 6 --head-dim-v 8 --mask start-end', { head_dim_v: 8, past: null }],
    ['PackedMultiHeadAttention --batch 3 --layout tn3h', { varlen: true, layout: 'tn3h' }],
    ['PackedAttention --batch 3 --attention-bias', { varlen: true, batch: 3 }],
    [
      'GroupQueryAttention --batch 2 --seqlen-q 1 --past 9 --kv-heads 4 --window 3 --softcap 30',
      { num_heads_kv: 4, seqlen_k: 10, window_left: 3, softcap: 30, key_lengths: 'per-batch' },
    ],
    ['GroupQueryAttention --format QKV', { causal: true, present: true }],
    [
      'ai.onnx::Attention --kv-heads 4 --past 2 --causal --mask 2d --window 5,0',
      { num_heads_kv: 4, causal_offset: 2, window_left: 5, mask: { kind: '4d' } },
    ],
    ['ai.onnx::Attention --layout bnsh --mask lengths', { key_lengths: 'per-batch' }],
  ])('states a call of %s', async (words, problem) => {
    const line = `explain --backend reference --operator ${words}`
    const { exitCode, document } = await runForJson(line)
    expect(document.error).toBeUndefined()
    expect(document.problem).toMatchObject({ operator: words.split(' ')[0], ...problem })
    expect(exitCode).toBe(0)
  })

  it('has a form for every operator', async () => {
    for (const operator of OPERATORS.keys()) {
      const { document } = await runForJson(`explain --backend reference --operator ${operator}`)
      expect(document.problem).toMatchObject({ operator, seqlen_q: 1024 })
    }
  })

  it('names the operator before its problem', async () => {
    const line = 'explain --operator GroupQueryAttention --seqlen-q 1 --past 99 --kv-heads 4'
    const { stdout } = await runCommandLine(line)
    expect(stdout).toMatch(/^GroupQueryAttention: float16, batch 1, seqlen 1×100, heads 16:4, /)
  })

  it('refuses flags that the operator has nothing for, all at once', async () => {
    const line =
      'explain --operator PackedAttention --window 3 --past 4 --lse --mask 2d --format QKV'
    const { exitCode, document } = await runForJson(line)
    expect(exitCode).toBe(2)
    const { faults } = document.error as { faults: { path: string }[] }
    const paths = faults.map(({ path }) => path)
    expect(paths).toEqual(['--window', '--past', '--lse', '--format', '--mask'])
  })

  it.each([
    ['explain --operator Attentionn', "argument 'Attentionn' is invalid"],
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
