import { describe, expect, it } from 'vitest'
import { progressBar } from '../../src/render/progress-bar.js'
import { fakeTerminal } from '../fake-session.js'

describe('progressBar', () => {
  it('writes nothing where there is no terminal', () => {
    const pipe = fakeTerminal(false)
    const bar = progressBar(pipe, 2)
    bar.update(2, 'case')
    bar.finish()
    expect(pipe.text).toBe('')
  })

  it('shows how far it is, within the width, and takes itself away', () => {
    const terminal = fakeTerminal(true)
    const bar = progressBar(terminal, 4)
    bar.update(4, 'x'.repeat(500))
    expect(terminal.text).toContain('4/4  xxx')
    expect(terminal.text.length).toBeLessThan(110)
    bar.finish()
    expect(terminal.text.endsWith('\r\x1b[2K')).toBe(true)
  })
})
