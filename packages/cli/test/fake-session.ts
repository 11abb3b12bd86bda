import type { Session, Terminal } from '../src/session.js'

/** A terminal that keeps what is written to it. */
export interface FakeTerminal extends Terminal {
  readonly text: string
}

export function fakeTerminal(isTTY = false): FakeTerminal {
  const written: string[] = []
  return {
    isTTY,
    columns: 100,
    write: (text) => void written.push(text),
    get text() {
      return written.join('')
    },
  }
}

export interface FakeSession extends Session {
  readonly stdout: FakeTerminal
  readonly stderr: FakeTerminal
}

/** A session in memory, without variables and terminals unless they are given. */
export function fakeSession(changes: Partial<FakeSession> = {}): FakeSession {
  return {
    stdout: fakeTerminal(),
    stderr: fakeTerminal(),
    environment: {},
    directory: process.cwd(),
    program: 'attnkit',
    ...changes,
  }
}
