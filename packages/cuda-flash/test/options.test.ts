import { describe, expect, it } from 'vitest'
import { cudaFlash } from '../src/index.js'

describe('the options of the backend', () => {
  it.each([[undefined], [{}], [{ exactSoftmax: true }], [{ exactSoftmax: false }]])(
    'may be %o',
    (options) => {
      expect(cudaFlash(options).name).toBe('cuda-flash')
    },
  )

  it.each([
    [{ exactSoftmax: 'no' }, 'exactSoftmax', '"no"'],
    [{ exactSoftmax: 1 }, 'exactSoftmax', '1'],
    [null, 'options', 'null'],
    [true, 'options', 'true'],
  ])('may not be %o', (options, path, found) => {
    expect(() => cudaFlash(options as never)).toThrow(
      expect.objectContaining({
        code: 'invalid-argument',
        details: expect.objectContaining({
          faults: [{ path, found, required: expect.any(String) }],
        }),
      }),
    )
  })
})
