import { describe, expect, it } from 'vitest'
import { finiteNumber, truth, wholeNumber, windowFlag } from '../src/flags.js'

describe('flags', () => {
  it('reads whole numbers from a minimum on', () => {
    expect(wholeNumber(1)('17')).toBe(17)
    for (const text of ['0', '-1', '1.5', '1e3', '', 'x', '9007199254740993']) {
      expect(() => wholeNumber(1)(text), text).toThrow('a whole number from 1 on')
    }
  })

  it('reads finite numbers', () => {
    expect(finiteNumber('-2.5e-1')).toBe(-0.25)
    for (const text of ['', ' ', 'NaN', 'Infinity', '1x'])
      expect(() => finiteNumber(text)).toThrow()
  })

  it('reads windows', () => {
    expect(windowFlag('256')).toEqual([256, -1])
    expect(windowFlag('256,0')).toEqual([256, 0])
    for (const text of ['', '1,2,3', '-2', 'a,1']) expect(() => windowFlag(text), text).toThrow()
  })

  it('reads truth values', () => {
    expect(['true', '1', 'false', '0'].map(truth)).toEqual([true, true, false, false])
    expect(() => truth('yes')).toThrow('true or false')
  })
})
