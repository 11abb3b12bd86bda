import { describe, expect, it } from 'vitest'
import { documentText } from '../../src/render/json-document.js'

describe('documentText', () => {
  it('has schema_version first, and keys in snake_case but for those that are data', () => {
    const text = documentText({
      numHeads: 2,
      maskOf: [{ filterValue: Number.NEGATIVE_INFINITY, big: 2n ** 60n, nothing: undefined }],
      ORT_DISABLE_XQA: 1,
      'cuda-flash': null,
    })
    expect(text.startsWith('{\n  "schema_version": 1,')).toBe(true)
    expect(JSON.parse(text)).toEqual({
      schema_version: 1,
      num_heads: 2,
      mask_of: [{ filter_value: '-Infinity', big: '1152921504606846976' }],
      ORT_DISABLE_XQA: 1,
      'cuda-flash': null,
    })
  })
})
