import { describe, expect, it } from 'vitest'
import { FLAGS, FlashParams, PARAMS } from '../src/params.js'
import { bind, halfProblem, tensorAt } from './fake-tensors.js'
import { unpackParams } from './unpack-params.js'

function packed(options: Parameters<typeof halfProblem>[0], tensors: Parameters<typeof bind>[1]) {
  return unpackParams(new FlashParams(false).pack(bind(halfProblem(options), tensors)))
}

describe('the parameters of a launch', () => {
  it('hold sizes, strides in bytes and addresses', () => {
    const params = packed({ layout: 'bsn3h', seqlenK: 100 }, {})
    expect(params).toMatchObject({
      'q.pointer': 0x1000n,
      'k.pointer': 0x2000n + 128n,
      'v.pointer': 0x3000n + 256n,
      'o.pointer': 0x4000n,
      'k.batch_stride': BigInt(100 * 4 * 3 * 64 * 2),
      'k.head_stride': BigInt(3 * 64 * 2),
      'k.row_stride': 4 * 3 * 64 * 2,
      batch: 2,
      seqlen_q: 100,
      seqlen_k: 100,
      num_heads: 4,
      heads_per_kv: 1,
      head_dim: 64,
      window_left: -1,
      window_right: -1,
      flags: 0,
      softmax_lse: 0n,
      key_ends: 0n,
    })
    expect(params.scale_log2).toBeCloseTo(Math.LOG2E / 8, 6)
  })

  it('hold where the workspace and the counters are', () => {
    const params = new FlashParams(false)
    const bound = bind(halfProblem())
    const both = unpackParams(params.pack(bound, 0x9000n, 0xa000n))
    expect(both).toMatchObject({ workspace: 0x9000n, counters: 0xa000n })
    expect(unpackParams(params.pack(bound))).toMatchObject({ workspace: 0n, counters: 0n })
  })

  it('lie as the native part has them', () => {
    expect(PARAMS).toMatchObject({
      size: 280,
      offsets: {
        softmax_lse: 128,
        batch: 192,
        lse_head_stride: 252,
        counters: 264,
        num_splits: 272,
      },
    })
  })

  it('find the starts of a mask behind its ends', () => {
    const mask = tensorAt(0x5000n, [4], 'int32')
    const options = { mask: { kind: 'start-end' }, emptyRows: 'ignore-mask' } as const
    expect(packed(options, { mask })).toMatchObject({
      key_ends: 0x5000n,
      key_starts: 0x5008n,
      flags: FLAGS.ignoreMaskInEmptyRows,
    })
  })

  it('hold the tensors of lengths, offsets and log-sum-exp', () => {
    const q = tensorAt(0x1000n, [130, 4, 64], 'float16')
    const tensors = {
      q,
      output: q,
      k: tensorAt(0x2000n, [77, 4, 64], 'float16'),
      cuSeqlensQ: tensorAt(0x5000n, [3], 'int32'),
      cuSeqlensK: tensorAt(0x6000n, [3], 'int32'),
      causalOffset: tensorAt(0x7000n, [2], 'int32'),
      softmaxLse: tensorAt(0x8000n, [4, 125], 'float32'),
    }
    const options = {
      layout: 'tnh',
      causal: true,
      causalOffset: 'per-batch',
      softmaxLse: true,
    } as const
    expect(packed(options, tensors)).toMatchObject({
      cu_seqlens_q: 0x5000n,
      cu_seqlens_k: 0x6000n,
      causal_offsets: 0x7000n,
      softmax_lse: 0x8000n,
      'q.total_tokens': 125,
      lse_head_stride: 125,
      'k.total_tokens': 77,
      flags: FLAGS.causal,
    })
  })

  it('take the sign of the scale out of it', () => {
    const negative = packed({ softmaxScale: -0.5 }, {})
    expect(negative.flags).toBe(FLAGS.negateQueries)
    expect(negative.scale_log2).toBeCloseTo(0.5 * Math.LOG2E, 6)
    for (const softmaxScale of [0, 1e-50]) {
      expect(packed({ softmaxScale }, {})).toMatchObject({ flags: FLAGS.zeroQueries })
    }
  })

  it('say how exponentials are kept in range', () => {
    const bound = bind(halfProblem({ causal: true }))
    const { flags } = unpackParams(new FlashParams(true).pack(bound))
    expect(flags).toBe(FLAGS.exactSoftmax | FLAGS.causal)
  })

  it('fold softcap into two factors', () => {
    const { scale_log2, softcap_scale } = packed({ softcap: 20, softmaxScale: 0.5 }, {})
    expect(scale_log2).toBeCloseTo(20 * Math.LOG2E, 4)
    expect(softcap_scale).toBeCloseTo((2 * Math.LOG2E * 0.5) / 20, 6)
  })

  it('keep offsets and windows inside positions', () => {
    const far = 2 ** 31 - 1
    expect(packed({ causal: true, causalOffset: -far, windowLeft: far }, {})).toMatchObject({
      causal_offset: -(2 ** 30 - 1),
      window_left: 2 ** 30 - 1,
    })
  })

  it('forget nothing and keep nothing from one problem to the next', () => {
    const params = new FlashParams(false)
    const mask = tensorAt(0x5000n, [4], 'int32')
    params.pack(bind(halfProblem({ mask: { kind: 'lengths' }, causal: true }), { mask }))
    const plain = bind(halfProblem())
    expect(unpackParams(params.pack(plain))).toEqual(
      unpackParams(new FlashParams(false).pack(plain)),
    )
  })
})
