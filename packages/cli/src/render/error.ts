import { isAttentionError } from '@attnkit/core'
import { CommanderError } from 'commander'
import { EXIT, exitCodeOf } from '../exit-codes.js'
import type { Style } from './style.js'

/** What an error says in JSON, as `error`. */
export interface ErrorFields {
  readonly code: string
  readonly message: string
  readonly reasons: readonly unknown[]
  readonly faults: readonly unknown[]
}

/** An error as data: the same fields whatever went wrong. */
export function errorFields(error: unknown): ErrorFields {
  if (isAttentionError(error)) {
    const { code, message, details } = error
    return { code, message, reasons: details.reasons ?? [], faults: details.faults ?? [] }
  }
  const usage = error instanceof CommanderError
  return { code: usage ? 'usage' : 'internal', message: messageOf(error), reasons: [], faults: [] }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const helpOnly = error instanceof CommanderError && error.message.startsWith('(output')
  return helpOnly ? 'a command is required' : error.message.replace(/^error: /, '')
}

/** An error as people read it; a bug shows where it happened and asks for a report. */
export function errorText(error: unknown, style: Style): string {
  const head = `${style.bad('attnkit:')} ${messageOf(error)}\n`
  if (exitCodeOf(error) !== EXIT.bug) return head
  const stack = error instanceof Error ? (error.stack ?? '').split('\n').slice(1).join('\n') : ''
  return `${head}${style.faint(stack)}\nThis is a bug in attnkit. Please report it with the output of: attnkit env --json\n`
}
