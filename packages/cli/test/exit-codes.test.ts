import { AttentionError, ERROR_CODES } from '@attnkit/core'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { exitCodeOf } from '../src/exit-codes.js'

describe('exitCodeOf', () => {
  it('knows every code that core throws', () => {
    const codes = ERROR_CODES.map((code) => [code, exitCodeOf(new AttentionError(code, ''))])
    expect(Object.fromEntries(codes)).toEqual({
      'invalid-argument': 2,
      'no-backend-supports': 4,
      'backend-unavailable': 3,
      'buffer-not-stable': 2,
      'out-of-memory': 5,
      'device-lost': 5,
      disposed: 70,
      internal: 70,
    })
  })

  it('tells wrong command lines from help that was asked for, and takes the rest for bugs', () => {
    expect(exitCodeOf(new CommanderError(1, 'commander.unknownOption', ''))).toBe(2)
    expect(exitCodeOf(new CommanderError(0, 'commander.helpDisplayed', ''))).toBe(0)
    expect(exitCodeOf(new TypeError())).toBe(70)
    expect(exitCodeOf('text')).toBe(70)
  })
})
