import picocolors from 'picocolors'
import { describe, expect, it } from 'vitest'
import { table } from '../../src/render/table.js'

describe('table', () => {
  it('aligns columns, whatever their colour', () => {
    const { red } = picocolors.createColors(true)
    expect(table([[red('a'), 'b'], ['long', 'c'], ['x']], '  ')).toEqual([
      `  ${red('a')}     b`,
      '  long  c',
      '  x',
    ])
  })
})
