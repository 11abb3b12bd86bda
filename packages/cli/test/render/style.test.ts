import { describe, expect, it } from 'vitest'
import { wantsColor } from '../../src/render/style.js'
import { fakeSession, fakeTerminal } from '../fake-session.js'

function colored(
  environment: Record<string, string>,
  { isTTY = true, refused = false } = {},
): boolean {
  return wantsColor(fakeTerminal(isTTY), fakeSession({ environment }), refused)
}

describe('wantsColor', () => {
  it('follows the terminal', () => {
    expect(colored({})).toBe(true)
    expect(colored({}, { isTTY: false })).toBe(false)
    expect(colored({ TERM: 'dumb' })).toBe(false)
  })

  it('obeys NO_COLOR, --no-color and FORCE_COLOR, the refusals first', () => {
    expect(colored({ NO_COLOR: '1' })).toBe(false)
    expect(colored({ NO_COLOR: '' })).toBe(true)
    expect(colored({}, { refused: true })).toBe(false)
    expect(colored({ FORCE_COLOR: '1' }, { isTTY: false })).toBe(true)
    expect(colored({ FORCE_COLOR: '1', TERM: 'dumb' })).toBe(true)
    expect(colored({ FORCE_COLOR: '0' })).toBe(false)
    expect(colored({ FORCE_COLOR: '1', NO_COLOR: '1' })).toBe(false)
    expect(colored({ FORCE_COLOR: '1' }, { refused: true })).toBe(false)
  })
})
