import { describe, expect, it } from 'vitest'
import { jsonText } from '../src/report/json-text.js'

describe('JSON text', () => {
  it('rounds measurements and leaves integers, texts and nothings alone', () => {
    const text = jsonText({
      ms: 1.23456789,
      tiny: 2.508857621875e-8,
      n: 123456789,
      s: '1.23456789',
    })
    expect(JSON.parse(text)).toEqual({
      ms: 1.23457,
      tiny: 2.50886e-8,
      n: 123456789,
      s: '1.23456789',
    })
    expect(JSON.parse(jsonText({ none: null, nan: Number.NaN }))).toEqual({ none: null, nan: null })
  })
})
