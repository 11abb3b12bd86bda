import type { Reason } from '@attnkit/core'
import type { Style } from './style.js'

/** A reason as one line, and its remedy as another. */
export function reasonLines(reason: Reason, indent: string, style: Style): string[] {
  const { code, subject, found, required, remedy } = reason
  const line = `${indent}${style.warn(code)}: ${subject}: found ${found}, required ${required}`
  return remedy === undefined ? [line] : [line, `${indent}  fix: ${remedy}`]
}
