import type { Terminal } from '../session.js'

/** A line on stderr that shows how far long work is. */
export interface ProgressBar {
  update(done: number, text: string): void
  /** Takes the line away. */
  finish(): void
}

const BAR_WIDTH = 30
const INTERVAL_MS = 50
const CLEAR_LINE = '\r\x1b[2K'

/** A bar of `total` steps; nothing is written where stderr is no terminal. */
export function progressBar(terminal: Terminal, total: number): ProgressBar {
  if (!terminal.isTTY) return { update: () => {}, finish: () => {} }
  let last = 0
  return {
    update(done, text) {
      const now = performance.now()
      if (now - last < INTERVAL_MS && done < total) return
      last = now
      const filled = Math.round((BAR_WIDTH * done) / Math.max(1, total))
      const bar = '█'.repeat(filled) + '░'.repeat(BAR_WIDTH - filled)
      const line = `${bar} ${done}/${total}  ${text}`
      terminal.write(CLEAR_LINE + line.slice(0, terminal.columns - 1))
    },
    finish: () => terminal.write(CLEAR_LINE),
  }
}
