import { describe, expect, it } from 'vitest'
import { camelCase, kebabCase, snakeCase } from '../src/names.js'

describe('names', () => {
  it('goes from one form to another and back', () => {
    expect(kebabCase('pastSequenceLength')).toBe('past-sequence-length')
    expect(snakeCase('pastSequenceLength')).toBe('past_sequence_length')
    expect(camelCase('past_sequence-length')).toBe('pastSequenceLength')
    expect(camelCase('query')).toBe('query')
  })
})
