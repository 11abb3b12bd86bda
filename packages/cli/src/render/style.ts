import picocolors from 'picocolors'
import type { Session, Terminal } from '../session.js'

type Paint = (text: string) => string

/** Colours by what they say. Each paints nothing where colour is off, and never stands alone. */
export interface Style {
  readonly good: Paint
  readonly bad: Paint
  readonly warn: Paint
  readonly faint: Paint
  readonly strong: Paint
  /** Width of the terminal in characters. */
  readonly columns: number
}

/**
 * Whether `terminal` gets colour: `--no-color` and `NO_COLOR` switch it off, `FORCE_COLOR` on, else it
 * takes a terminal that is not dumb.
 */
export function wantsColor(terminal: Terminal, session: Session, refused: boolean): boolean {
  const { NO_COLOR, FORCE_COLOR, TERM } = session.environment
  if (refused || (NO_COLOR ?? '') !== '') return false
  if ((FORCE_COLOR ?? '') !== '') return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false'
  return terminal.isTTY && TERM !== 'dumb'
}

/** The style of one stream. */
export function styleOf(terminal: Terminal, session: Session, refused = false): Style {
  const colors = picocolors.createColors(wantsColor(terminal, session, refused))
  return {
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
    faint: colors.dim,
    strong: colors.bold,
    columns: terminal.columns,
  }
}
